"""What a test cell says of a pass that a reader has written in C++.

    check.plugin_prints(loop_report, on=nests, examples=30)
    check.plugin_refines(peephole, on=straight, examples=150)
    check.plugin_costs(peephole, on=straight, examples=60, at_most=1.1)
    check.plugin_keeps_up(loop_report, on=lambda rng: many_loops(rng, 3000), within=3)

The pass is a header, `name.hpp`, with a struct of its name: loop_report.hpp has LoopReport. `on`
gives the text of one function of LLVM IR, `on(rng)`, or is such a text. All functions of a check
are one module, so opt runs once. Without an LLVM here, every check is "not judged here".
"""

from __future__ import annotations

import os
import random
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.check.cpp.plugin import build, opt
from autograder.check.cpp.plugin.build import Plugin
from autograder.check.failures import CouldNotMeasure, fail
from autograder.check.session import current
from autograder.check.speed import SWITCHED_OFF, settle
from autograder.course.cpp_cell import Header
from autograder.report.measurement import Bars, CountedRatio
from autograder.report.results import Detail
from autograder.report.words import because_of
from tern.workshop.llvm import costs, refinement
from tern.workshop.llvm.ir_text import Function, IRTextError, parse_functions

On = str | Callable[[random.Random], str]
SHOWN = 3000  # characters of a function
SHORTEST = 0.15  # CPU seconds that opt takes with the book's pass, at least, to be compared


@dataclass
class Tried:
    """Functions, drawn for one check, and the plugins that they are given to."""

    mine: Plugin
    texts: list[str]
    rng: random.Random
    seed: int

    @property
    def module(self) -> str:
        return "\n".join(self.texts)

    def told(self, name: str, because: str) -> list[Detail]:
        """What helps with a function: its text, and how to draw it again."""
        number = int(name.removeprefix("f")) if name[1:].isdecimal() else -1
        text = self.texts[number] if 0 <= number < len(self.texts) else ""
        return [("function", text[:SHOWN]), *because_of(because), ("seed", str(self.seed))]


def _tried(header: Header, on: On, examples: int) -> Tried:
    seed = int(os.environ.get("AUTOGRADER_SEED") or secrets.randbelow(1 << 32))
    rng = random.Random(seed)
    mine = build.of_reader(header)
    drawn = [on] if isinstance(on, str) else sorted((on(rng) for _ in range(examples)), key=len)
    # the shortest first: of several that are wrong, that one is shown
    texts = [re.sub(r"(define [^\n]*)@\w+\(", rf"\1@f{at}(", text) for at, text in enumerate(drawn)]
    return Tried(mine, texts, rng, seed)


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
    tried = _tried(header, on, examples)
    books = build.of_the_book(build.the_books_header(header, book, folder), tried.mine.ground)
    expected = opt.run(books, tried.module, transforms=False).printed.splitlines()
    actual = opt.run(tried.mine, tried.module, transforms=False).printed.splitlines()
    if actual == expected:
        return
    at = next((n for n, pair in enumerate(zip(actual, expected)) if pair[0] != pair[1]), None)
    at = min(len(actual), len(expected)) if at is None else at
    named = [found[1] for row in expected[: at + 1] if (found := re.match(r"@(\w+)", row))]
    rows = [("actual", _row(actual, at)), ("expected", _row(expected, at))]
    fail("it prints something else", [*rows, *tried.told(named[-1] if named else "f0", because)])


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
    tried = _tried(header, on, examples)
    before = parse_functions(tried.module)
    after = _transformed(tried, tried.mine)
    for name, source in before.items():
        try:
            found = refinement.refines(source, after[name], tried.rng)
        except ValueError as error:
            fail(f"what is left of the function is wrong: {error}", tried.told(name, because))
        if found is not None:
            call = f"({', '.join(map(str, found.arguments))})"
            told = [("arguments", call), ("actual", found.actual), ("expected", found.expected)]
            told.append(("what the pass made of it", _text_of(tried.mine.left, name)[:SHOWN]))
            fail("it changes what the function does", [*told, *tried.told(name, because)])


def _transformed(tried: Tried, plugin: Plugin) -> dict[str, Function]:
    """What a pass makes of the functions. CheckFailed if some are gone, or cannot be read."""
    plugin.left = opt.run(plugin, tried.module).module
    try:
        after = parse_functions(plugin.left)
    except IRTextError as error:
        row = (plugin.left.splitlines() or [""])[error.line - 1].strip()
        fail(f"it leaves what this exercise has no use for: {error.why}", [("line", row)])
    for at in range(len(tried.texts)):
        if f"f{at}" not in after:
            fail("the function is gone", tried.told(f"f{at}", ""))
    return after


def _text_of(module: str, name: str) -> str:
    found = re.search(rf"^define [^\n]*@{name}\(.*?^\}}", module, re.M | re.S)
    return found[0] if found else ""


def plugin_costs(
    header: Header,
    *,
    on: On,
    at_most: float,
    examples: int = 60,
    counting: str = "cycles",
    silver: float | None = None,
    gold: float | None = None,
    because: str = "",
    book: Header | None = None,
    folder: Path | None = None,
) -> None:
    """What is left costs `at_most` so many times what the book's pass leaves.

    "cycles": each instruction's, by tern/workshop/llvm/costs.py's table, in functions without
    loops. An opcode, "mul": how often it is executed, on arguments that are drawn. CheckFailed,
    CouldNotMeasure.
    """
    tried = _tried(header, on, examples)
    books = build.of_the_book(build.the_books_header(header, book, folder), tried.mine.ground)
    before, mine = parse_functions(tried.module), _transformed(tried, tried.mine)
    best = _transformed(tried, books)
    names = list(before)
    seed = tried.rng.getrandbits(64)

    def cost(functions: dict[str, Function], name: str) -> float:
        if counting == "cycles":
            return costs.cycles(functions[name])
        return costs.executed(functions[name], before[name], counting, random.Random(seed))

    ratios = {name: (cost(mine, name), cost(best, name)) for name in names}
    actual, expected = (sum(pair[at] for pair in ratios.values()) for at in (0, 1))
    if not current().measures_speed:
        print(SWITCHED_OFF)
        return
    worst = max(names, key=lambda name: ratios[name][0] - ratios[name][1])
    told = costs.NAMES.get(counting, f"executed {counting}")
    bars = Bars(at_most, silver, gold)
    inputs = f"{actual:,.0f} against {expected:,.0f}, in {len(names)} functions"
    if actual > at_most * max(expected, 1):
        pair = ("in this function", f"{ratios[worst][0]:g} against {ratios[worst][1]:g}")
        message = f"{actual / max(expected, 1):.2f}× the {told} of the book's, needs {at_most:g}×"
        left = ("what the pass made of it", _text_of(tried.mine.left, worst)[:SHOWN])
        fail(message, [pair, left, *tried.told(worst, because)])
    settle(CountedRatio.of(actual / max(expected, 1), f"{told} of the book's", bars, inputs=inputs))


def plugin_keeps_up(
    header: Header,
    *,
    on: On,
    within: float,
    silver: float | None = None,
    gold: float | None = None,
    book: Header | None = None,
    folder: Path | None = None,
) -> None:
    """opt takes `within` times the CPU time with this pass that it takes with the book's.

    On one large function, in turn, and the median of three. CheckFailed, CouldNotMeasure.
    """
    tried = _tried(header, on, 1)
    books = build.of_the_book(build.the_books_header(header, book, folder), tried.mine.ground)
    if not current().measures_speed:
        print(SWITCHED_OFF)
        return
    ratios = []
    for _ in range(3):
        reference = opt.run(books, tried.module, transforms=False).seconds
        limit = max(10.0, 20 * within * reference)
        mine = opt.run(tried.mine, tried.module, limit, transforms=False).seconds
        ratios.append(mine / reference)
        if reference < SHORTEST:
            raise CouldNotMeasure(f"not judged here: the book's pass takes {reference:.2f} s only")
        if ratios[-1] > 2 * within or ratios[-1] < within / 2:
            break
    ratio, lines = sorted(ratios)[len(ratios) // 2], tried.module.count("\n")
    told = "opt's CPU time with the book's pass"
    inputs = f"{lines:,} lines of IR"
    settle(CountedRatio.of(ratio, told, Bars(within, silver, gold), inputs=inputs))
