"""What each of LLVM's passes makes of a function: LLVM's own `-print-changed`, read.

The option holds for a whole process, and what it prints goes to the standard error, so that a
process of its own is asked: `python -m tern.targets.llvm.passes NAME < TEXT`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass

_HEAD = re.compile(r"^\*\*\* IR Dump (?:After|At) (.+?) \*\*\*.*\n", re.MULTILINE)
_FUNCTION = re.compile(r"^define [^\n]*\n(?:.*\n)*?\}\n", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A pass that changed something, and the function's text after it."""

    name: str
    text: str


def after_each_pass(text: str, name: str, level: int = 3) -> list[Step]:
    """The function `name` of a text as it comes, and after each pass that changed it.

    In LLVM's own spelling. The passes are those of -O3, or of another level. ValueError if the
    text is no LLVM IR.
    """
    command = [sys.executable, "-m", "tern.targets.llvm.passes", str(level)]
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr.strip())
    steps: list[Step] = []
    for title, dump in _parts(done.stderr):
        for found in _FUNCTION.findall(dump):
            if f"@{name}(" in found.split("\n")[0]:
                plain = re.sub(r" +; preds = .*", "", found)
                if not steps or steps[-1].text != plain:
                    steps.append(Step(title, plain))
    return steps


def _parts(printed: str) -> list[tuple[str, str]]:
    """The dumps, each with the name of its pass."""
    heads = list(_HEAD.finditer(printed))
    ends = [head.start() for head in heads[1:]] + [len(printed)]
    return [(_title(head[1]), printed[head.end() : end]) for head, end in zip(heads, ends)]


def _title(head: str) -> str:
    """`SimplifyCFG` of `SimplifyCFGPass on power`."""
    return re.sub(r"(?:Pass)?(?: on .*)?$", "", head)


def main() -> int:
    import llvmlite.binding as llvm

    from tern.targets.llvm.jit import optimize, parsed

    llvm.set_option("", "-print-changed")
    llvm.set_option("", "-print-module-scope")
    try:
        optimize(parsed(sys.stdin.read()), int(sys.argv[1]))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
