"""`python -m tern.workshop.mlir_standalone [--save] [FOLDER]`: build the project, and run it."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tern.workshop import recorded
from tern.workshop.mlir_standalone import RECORDED, BuildError, Ran, fingerprint, ran


def told(found: Ran) -> str:
    """What was run, and what it printed."""
    lines = [f"built in {found.seconds:g} s of CPU time: {found.versions}, {found.date}"]
    for command, output in found.outputs.items():
        lines += ["", f"$ {command}", output]
    return "\n".join(lines)


def show(ran: Callable[[Path], Ran], name: str, fingerprint: Callable[[], str]) -> int:
    """Build and run in a folder, the one named or a temporary one, and print what came of it, which
    `--save` keeps under `name`. The exit status: 0, or 1 if it was not built."""
    folders = [each for each in sys.argv[1:] if each != "--save"]
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = ran(Path(folders[0] if folders else folder).absolute())
    except BuildError as error:
        print(error.output + error.report(), file=sys.stderr)
        return 1
    print(told(found))
    if "--save" in sys.argv:
        data = {**asdict(found), "files": fingerprint()}
        path = Path(recorded.__file__).parent / f"{name}.json"
        path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(show(ran, RECORDED, fingerprint))
