"""What a test cell says of a function that says what programs in LLVM IR do.

check.reads_ir(verdict, on=[(text, (127, 1), "poison", "nsw promises …")])
check.reads_ir(verdict, examples=200)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from autograder.check.failures import fail
from autograder.check.llvm.puzzles import PUZZLES, Puzzle
from autograder.check.session import current, seed_of_inputs
from autograder.report.words import because_of


def reads_ir(
    verdict: Callable[[str, Sequence[int]], Any],
    *,
    on: Sequence[tuple[str, Sequence[int], str, str]] | None = None,
    examples: int = 0,
    because: str = "",
) -> None:
    """`verdict(ir, arguments)` says of each program what it does.

    `on` are programs, arguments, what they do, and why; else the book's, and each instruction
    alone, and as many programs drawn at random as `examples` says: of these the book's own
    `verdict` says what they do. Of the random ones that are told wrong the shortest is shown.
    """
    puzzles = PUZZLES if on is None else [Puzzle(ir, tuple(a), v, why) for ir, a, v, why in on]
    told = len(puzzles)
    for each in puzzles:
        _compare(verdict, each, [*because_of(each.because), *because_of(because)])
    if examples:
        seed = seed_of_inputs()
        for each in _drawn(seed, examples):
            _compare(verdict, each, [*because_of(because), ("seed", str(seed))])
            told += 1
    current().say(f"{told} programs, each told right")


def _drawn(seed: int, examples: int) -> list[Puzzle]:
    """Random programs, the shortest first, and what they do."""
    from tern.workshop.llvm import random_ir
    from tern.workshop.llvm.verdict import verdict as reference

    rng = random.Random(seed)
    alone = random_ir.single_instructions(rng)
    found = [Puzzle(ir, given, reference(ir, given), "") for ir, given in alone]
    while len(found) < len(alone) + examples:
        ir, given = random_ir.random_program(rng)
        try:
            found.append(Puzzle(ir, given, reference(ir, given), ""))
        except ValueError:  # one in thousands uses an undef so often that not all can be tried
            continue
    return sorted(found, key=lambda puzzle: len(puzzle.ir))


def _compare(verdict: Callable, puzzle: Puzzle, more: list[tuple[str, str]]) -> None:
    actual = verdict(puzzle.ir, list(puzzle.arguments))
    if actual != puzzle.verdict or not isinstance(actual, str):
        told = [("expected", repr(puzzle.verdict)), ("got", repr(actual)[:200])]
        shown = [("program", puzzle.ir), ("arguments", str(list(puzzle.arguments)))]
        fail("the program does something else", [*told, *shown, *more])
