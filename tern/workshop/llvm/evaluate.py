"""What a function of LLVM IR computes: a number, poison, or nothing that anybody may rely on.

    >>> function = parse_functions(text)["f"]
    >>> evaluate(function, [127])
    poison

Where the program leaves something open (what `freeze` makes of poison, what each use of undef is),
`choose` decides, and `outcomes` tries everything that it could.

Source: the LLVM Language Reference Manual; Lee et al., "Taming Undefined Behavior in LLVM",
PLDI 2017.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tern.workshop.llvm.choices import Choices
from tern.workshop.llvm.execution import Choose, Run
from tern.workshop.llvm.ir_text import Function
from tern.workshop.llvm.memory import Memory
from tern.workshop.llvm.values import (
    POISON,
    UNDEF,
    OutOfSteps,
    Poison,
    Undef,
    UndefinedBehavior,
)

__all__ = ["POISON", "UNDEF", "OutOfSteps", "UndefinedBehavior", "evaluate", "outcomes"]


def evaluate(
    function: Function,
    arguments: Sequence[int | Poison | Undef],
    memory: Memory | None = None,
    choose: Choose = lambda width: 0,
    steps: int = 100_000,
    count: Counter[str] | None = None,
) -> int | Poison | None:
    """The result as a non-negative int, POISON, or None for void.

    Arguments are ints, kept modulo 2**width, POISON, or UNDEF. `choose(width)` gives a number for
    whatever is open. `count` counts the opcodes that are executed.

    Raises:
        UndefinedBehavior: the program has it.
        OutOfSteps: more than `steps` instructions were executed.
        ValueError: the text is not valid IR: it uses a name that is not there, say.
    """
    run = Run(function, memory or Memory(), choose, count if count is not None else Counter())
    return run.call(arguments, steps)


Outcome = int | Poison | str | None
"""A result, or "undefined behavior"."""


def outcomes(
    function: Function,
    arguments: Sequence[int | Poison | Undef],
    max_runs: int = 4096,
    steps: int = 10_000,
) -> frozenset[Outcome]:
    """All results over all choices, as far as `max_runs` runs find them: see `explored`."""
    return explored(function, arguments, max_runs, steps)[0]


def explored(
    function: Function,
    arguments: Sequence[int | Poison | Undef],
    max_runs: int,
    steps: int = 10_000,
) -> tuple[frozenset[Outcome], bool]:
    """Results over all choices, and whether these are all that there are.

    Choices of up to 8 bits are tried in full, of wider ones the five that matter most. A run may
    take so many `steps`; OutOfSteps if one needs more.
    """
    found: set[Outcome] = set()
    choices = Choices()
    for _ in range(max_runs):
        try:
            found.add(evaluate(function, arguments, choose=choices.next, steps=steps))
        except UndefinedBehavior:
            found.add("undefined behavior")
        if not choices.advance():
            return frozenset(found), choices.full
    return frozenset(found), False
