"""How many loops LLVM gives vectors, and how many of those only after asking whether buffers
overlap: in a process that may end.

`python -m autograder.check.llvm.vectors_job` does what job.json in the current folder asks, and
leaves reply.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

AT = "at.txt"
CPU = "x86-64-v3"


def perform(texts: Sequence[str]) -> list[list[int]]:
    """Of each text the loops with vectors, and those with a check before them."""
    import llvmlite.binding as llvm

    from tern.targets.llvm.jit import optimized_text

    cpu = CPU if llvm.get_default_triple().startswith("x86_64") else ""
    found = []
    for number, text in enumerate(texts):
        Path(AT).write_text(str(number))
        made = optimized_text(text, cpu=cpu)
        labels = [rf"^vector\.{word}[\w.]*:" for word in ("body", "memcheck")]
        found.append([len(re.findall(label, made, re.MULTILINE)) for label in labels])
    return found


def main() -> None:
    request = json.loads(Path("job.json").read_text())
    Path("reply.json").write_text(json.dumps({"found": perform(request["texts"])}))


if __name__ == "__main__":
    main()
