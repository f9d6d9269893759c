"""What was compiled of the book's own texts, kept from one check to the next.

Nothing that holds a line of a reader's is ever kept. A file's name follows from all that it was
made of: texts, compiler, options. They are in $XDG_CACHE_HOME/tern/cpp, or ~/.cache/tern/cpp.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from tern.targets.cpp.build import cache_folder

ENDING = ".book"
KEPT = 100  # files, of up to a megabyte: the oldest go


def name_of(*made_of: object) -> str:
    """The name of what was made of these: their reprs say all that matters."""
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:40] + ENDING


def fetch(name: str, to: Path) -> bool:
    """Put a copy of what was kept at `to`; False if there is none."""
    try:
        kept = cache_folder() / name
        data = kept.read_bytes()
        os.utime(kept)  # it was needed just now
    except OSError:
        return False
    to.write_bytes(data)
    to.chmod(0o700)
    return True


def keep(name: str, made: Path) -> None:
    """Keep a copy of a file. Where nothing can be kept, it will be made again."""
    try:
        folder = cache_folder()
        with tempfile.TemporaryDirectory(dir=folder) as aside:
            copy = Path(aside, "copy")
            copy.write_bytes(made.read_bytes())
            copy.replace(folder / name)  # at once: another process sees all of it or nothing
        found = sorted(folder.glob(f"*{ENDING}"), key=lambda path: path.stat().st_mtime)
        for path in found[:-KEPT]:
            path.unlink(missing_ok=True)
    except OSError:
        return
