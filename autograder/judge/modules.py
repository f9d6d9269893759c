"""The modules of a reader's own that lie beside the workbook, and are imported by its cells."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from autograder.course.answers import modules_named
from autograder.course.notebook import Notebook

MAX_MODULES, MAX_BYTES = 20, 1 << 20


def modules_beside(workbook: Path, handed_in: Notebook) -> dict[str, str]:
    """Names and texts of the modules that cells import, and those that these import in turn.

    A file that cannot be read is left out: whoever imports it is told that there is no such module.
    """
    found: dict[str, str] = {}
    names = [name for cell in handed_in.cells for name in sorted(modules_named(cell.source))]
    while names and len(found) < MAX_MODULES:
        name = names.pop()
        path = workbook.parent / f"{name}.py"
        if name in found or not name.isidentifier() or not path.is_file() or _is_installed(name):
            continue
        try:
            if path.stat().st_size <= MAX_BYTES:
                found[name] = path.read_text(encoding="utf-8")
                names += sorted(modules_named(found[name]))
        except (OSError, UnicodeDecodeError):
            continue
    return found


def _is_installed(name: str) -> bool:
    """Whether another module has the name already: that one comes first in Jupyter, too."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return True
