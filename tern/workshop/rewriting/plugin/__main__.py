"""`python -m tern.workshop.rewriting.plugin [--save]`: build the plugin, and test it."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tern.workshop import recorded
from tern.workshop.mlir_standalone import BuildError
from tern.workshop.mlir_standalone.__main__ import told
from tern.workshop.rewriting.plugin import RECORDED, fingerprint, ran


def main() -> int:
    """The exit status: 0, or 1 if it was not built."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = ran(Path(folder))
    except BuildError as error:
        print(error.output + error.report(), file=sys.stderr)
        return 1
    print(told(found))
    if "--save" in sys.argv:
        data = {**asdict(found), "files": fingerprint()}
        path = Path(recorded.__file__).parent / f"{RECORDED}.json"
        path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
