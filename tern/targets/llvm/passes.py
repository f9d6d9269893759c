"""What LLVM's passes make of a function, and what they say of its loops, in LLVM's own words.

The options that make it tell hold for a whole process, and what it tells goes to the standard
error, so that a process of its own is asked: `python -m tern.targets.llvm.passes LEVEL OPTION …`.
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
    steps: list[Step] = []
    for title, dump in _parts(_told(text, level, "-print-changed", "-print-module-scope")):
        for found in _FUNCTION.findall(dump):
            if f"@{name}(" in found.split("\n")[0]:
                plain = re.sub(r" +; preds = .*", "", found)
                if not steps or steps[-1].text != plain:
                    steps.append(Step(title, plain))
    return steps


def loop_remarks(text: str, level: int = 3) -> list[str]:
    """What LLVM's loop vectorizer says of the loops of a text: what it did, or what is in the way.

    Each remark once. ValueError if the text is no LLVM IR.
    """
    kinds = ("", "-missed", "-analysis")
    told = _told(text, level, *(f"-pass-remarks{kind}=loop-vectorize" for kind in kinds))
    return list(dict.fromkeys(re.findall(r"^remark: \S+ (.*)", told, re.MULTILINE)))


def _told(text: str, level: int, *options: str) -> str:
    """What LLVM prints with these options while it optimizes a text."""
    command = [sys.executable, "-m", "tern.targets.llvm.passes", str(level), *options]
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr.strip())
    return done.stderr


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

    level, *options = sys.argv[1:]
    for option in options:
        llvm.set_option("", option)
    try:
        optimize(parsed(sys.stdin.read()), int(level))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
