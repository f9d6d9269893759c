"""The bytecode of a few functions in each version of Python, recorded: run with each of them.

    python3.11 -m tern.workshop.frameworks.captures.recording      # and 3.12, and 3.13

It keeps what other versions have recorded, in tern/workshop/recorded/bytecode.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tern.workshop.frameworks.captures.instructions import VERSIONS, Instructions
from tern.workshop.recorded import recorded

FILE = Path(__file__).parents[2] / "recorded" / "bytecode.json"


def scaled(x: Any, n: int) -> Any:
    y = x.exp()
    if n > 2:
        y = y * n
    return y.sum()


def branching(x: Any, n: int) -> Any:
    y = x - float(n)
    if y.sum() > 0:
        y = -y
    return y.tanh() + 1.0


def looping(x: Any, n: int) -> Any:
    y = x
    for i in range(n):
        y = y.maximum(0.5) * i if i % 2 else y + i
    size, _ = x.shape
    return (y[0], y[:, 1:].sum(dim=1, keepdim=True), f"{size}", not n)


def calling(x: Any, n: int) -> Any:
    y = x * max(n, 2)
    print("seen", n)
    return y.mean(), n is None, n in (1, 2)


FUNCTIONS = (scaled, branching, looping, calling)


def tables() -> dict[str, dict[str, Any]]:
    """Of each version that was recorded the functions' instructions, constants, and parameters."""
    return recorded("bytecode")


def instructions(version: str, name: str) -> Instructions:
    """The recorded instructions of a function in a version such as "3.12". KeyError."""
    one = tables()[version][name]
    major, minor = map(int, version.split("."))
    return Instructions.from_table((major, minor), one["instructions"], one["constants"])


def _record() -> dict[str, Any]:
    return {
        each.__name__: {
            "instructions": Instructions(each.__code__).as_table(),
            "constants": list(each.__code__.co_consts),
        }
        for each in FUNCTIONS
    }


def main() -> None:
    if sys.version_info[:2] not in VERSIONS:
        raise SystemExit(f"the evaluator knows {VERSIONS}, and this is {sys.version_info[:2]}")
    kept = tables() if FILE.exists() else {}
    kept["{}.{}".format(*sys.version_info)] = _record()
    rows = json.dumps(dict(sorted(kept.items())), separators=(",", ":"))
    FILE.write_text(rows + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
