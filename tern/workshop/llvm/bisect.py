"""Which of LLVM's passes it was: the pipeline cut off after its first N passes, and a search for N.

Source: "Using -opt-bisect-limit to debug optimization errors", llvm.org/docs/OptBisect.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tern.targets.beside import Beside

EVERYTHING = 2**31 - 1
_BESIDE = Beside("tern.workshop.llvm.bisect_job")
_LINE = re.compile(r"^BISECT: (NOT )?running pass \((\d+)\) (\S+) on (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class PassRun:
    """One pass on one thing. `on` is "[module]", a function's name, a component of the call graph,
    "(f)", or "loop %b in function f"."""

    number: int
    name: str
    on: str
    ran: bool


def stopped(text: str, limit: int = EVERYTHING, level: int = 3) -> tuple[str, list[PassRun]]:
    """What LLVM's pipeline makes of a text if only its first `limit` passes run, and all that it
    would have run after those, given what they made. Passes that have to run always do, and have
    no number. ValueError if the text is no LLVM IR, or ends LLVM."""
    reply, _ = _BESIDE.ask({"limit": limit, "level": level}, [text.encode()])
    if reply["code"]:
        told = _LINE.sub("", reply["printed"]).strip()
        raise ValueError(told or f"LLVM ended with exit code {reply['code']}")
    runs = [
        PassRun(int(number), name, on, not skipped)
        for skipped, number, name, on in _LINE.findall(reply["printed"])
    ]
    return reply["text"], runs


def nested(
    runs: Sequence[PassRun], functions: Sequence[str]
) -> tuple[list[tuple[str, int]], list[int]]:
    """What `tern.draw.passes` draws: rows for the module, and for each function as a component of
    the call graph, by itself, and its loops, each with its depth; and the row of each run."""
    rows = [("[module]", 0)]
    for name in functions:
        rows += [(f"({name})", 1), (name, 2), (f"loops in {name}", 3)]
    number = {name: at for at, (name, _) in enumerate(rows)}
    on = [re.sub(r"^.* in function (\S+)$", r"loops in \1", run.on) for run in runs]
    return rows, [number.get(name, 0) for name in on]


@dataclass(frozen=True)
class Culprit:
    """The pass after which a program is wrong: its run, the texts before and after it, and how
    many times the pipeline ran to find it."""

    run: PassRun
    before: str
    after: str
    tried: int

    def changes(self) -> str:
        """The lines that it took away, `-`, and those that it brought, `+`."""
        before, after = self.before.split("\n"), self.after.split("\n")
        gone = [f"-{line}" for line in before if line not in after]
        return "\n".join([*gone, *(f"+{line}" for line in after if line not in before)])


def culprit(text: str, good: Callable[[str], bool], level: int = 3) -> Culprit:
    """The pass that makes `good` false of the text: binary search, O(log passes) pipelines.

    ValueError if the text isn't good without any pass, or is still good with all of them.
    """
    before, _ = stopped(text, 0, level)
    after, runs = stopped(text, EVERYTHING, level)
    if not good(before):
        raise ValueError("it is wrong before any pass runs")
    if good(after):
        raise ValueError("it is right with every pass")
    low, high, tried = 0, len(runs), 2  # right after `low` passes, wrong after `high`
    while high - low > 1:
        middle = (low + high) // 2
        made, seen = stopped(text, middle, level)
        tried += 1
        if good(made):
            low, before = middle, made
        else:
            high, after, runs = middle, made, seen
    return Culprit(runs[high - 1], before, after, tried)
