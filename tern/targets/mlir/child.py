"""MLIR in a process of its own, which it may end: `python -m tern.targets.mlir.child`.

A request is a line of JSON, {"text", "passes", "keep", "guarded"}. Before each stage the process
says where it is, {"at"}; at the end come {"texts"}, or {"error", "place", "notes"}.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from tern.targets.mlir.lowering import run_stages
from tern.targets.mlir.package import MlirError


def main() -> None:
    out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)  # what MLIR prints is no reply

    def say(reply: dict[str, Any]) -> None:
        print(json.dumps(reply), file=out)

    for line in sys.stdin:
        asked = json.loads(line)
        try:
            texts = run_stages(**asked, begin=lambda name: say({"at": name}))
        except MlirError as error:
            say({"error": str(error), "place": error.place, "notes": error.notes})
        else:
            say({"texts": texts})


if __name__ == "__main__":
    main()
