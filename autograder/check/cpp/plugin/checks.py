"""What a test cell says of a pass that a reader has written in C++.

    check.plugin_prints(loop_report, on=nests, examples=60)
    check.plugin_refines(peephole, on=straight, examples=150)
    check.plugin_costs(peephole, on=straight, examples=100, at_most=1.05)
    check.plugin_keeps_up(loop_report, on=lambda rng: many_loops(rng, 1500), within=3)

The pass is a header, `name.hpp`, with a struct of its name: loop_report.hpp has LoopReport. `on`
gives the text of one function of LLVM IR, `on(rng)`, or is such a text. All functions of a check
are one module, so opt runs once. Without an LLVM here, every check is "not judged here". Takes
about two CPU seconds, and fifteen more when it is the first on a machine.
"""

from __future__ import annotations

import re
from pathlib import Path

from autograder.check.cpp.plugin import build, opt
from autograder.check.cpp.plugin.tried import SHOWN, On, text_of, transformed, tried
from autograder.check.failures import fail
from autograder.course.cpp_cell import Header
from tern.workshop.llvm import refinement
from tern.workshop.llvm.ir_text import parse_functions


def plugin_prints(
    header: Header,
    *,
    on: On,
    examples: int = 1,
    because: str = "",
    book: Header | None = None,
    folder: Path | None = None,
) -> None:
    """For each function the pass prints what the book's prints. CheckFailed, CouldNotMeasure."""
    drawn = tried(header, on, examples)
    books = build.of_the_book(build.the_books_header(header, book, folder), drawn.mine.ground)
    expected = opt.run(books, drawn.module, transforms=False).printed.splitlines()
    actual = opt.run(drawn.mine, drawn.module, transforms=False).printed.splitlines()
    if actual == expected:
        return
    at = next((n for n, pair in enumerate(zip(actual, expected)) if pair[0] != pair[1]), None)
    at = min(len(actual), len(expected)) if at is None else at
    named = [found[1] for row in expected[: at + 1] if (found := re.match(r"@(\w+)", row))]
    rows = [("actual", _row(actual, at)), ("expected", _row(expected, at))]
    fail("it prints something else", [*rows, *drawn.told(named[-1] if named else "f0", because)])


def _row(rows: list[str], at: int) -> str:
    return rows[at] if at < len(rows) else "(nothing more)"


def plugin_refines(
    header: Header,
    *,
    on: On,
    examples: int = 1,
    because: str = "",
) -> None:
    """What the pass makes of a function may stand in its place.

    It is valid IR, computes the same number where there was one, and is poison, or has undefined
    behavior, only where that was so before. CheckFailed, CouldNotMeasure.
    """
    drawn = tried(header, on, examples)
    before = parse_functions(drawn.module)
    after = transformed(drawn, drawn.mine)
    for name, source in before.items():
        try:
            found = refinement.refines(source, after[name], drawn.rng)
        except ValueError as error:
            fail(f"what is left of the function is wrong: {error}", drawn.told(name, because))
        if found is not None:
            call = f"({', '.join(map(str, found.arguments))})"
            told = [("arguments", call), ("actual", found.actual), ("expected", found.expected)]
            told.append(("what the pass made of it", text_of(drawn.mine.left, name)[:SHOWN]))
            fail("it changes what the function does", [*told, *drawn.told(name, because)])
