"""What a test cell says of what a pass in C++ leaves, and of the time that it takes."""

from __future__ import annotations

import random
from pathlib import Path

from autograder.check.cpp.plugin import build, opt
from autograder.check.cpp.plugin.tried import SHOWN, On, text_of, transformed, tried
from autograder.check.failures import CouldNotMeasure, fail
from autograder.check.session import current
from autograder.check.speed import SWITCHED_OFF, settle
from autograder.course.cpp_cell import Header
from autograder.report.measurement import Bars, CountedRatio, KeepsUp
from tern.workshop.llvm import costs
from tern.workshop.llvm.ir_text import Function, parse_functions

SHORTEST = 0.15  # CPU seconds that opt takes with the book's pass, at least, to be compared
PAIRS = 3
OTHERS = 1.5  # of what takes the place of an opcode that is counted


def plugin_costs(
    header: Header,
    *,
    on: On,
    at_most: float,
    examples: int = 100,
    counting: str = "cycles",
    silver: float | None = None,
    gold: float | None = None,
    because: str = "",
    book: Header | None = None,
    folder: Path | None = None,
) -> None:
    """What is left costs `at_most` so many times what the book's pass leaves.

    "cycles": each instruction's, by tern/workshop/llvm/costs.py's table, in functions without
    loops. An opcode, "mul": how often it is executed, on arguments that are drawn; of all others
    together, OTHERS times as many as the book's leaves are too many. CheckFailed, CouldNotMeasure.
    """
    drawn = tried(header, on, examples)
    books = build.of_the_book(build.the_books_header(header, book, folder), drawn.mine.ground)
    before = parse_functions(drawn.module)
    mine, best = (transformed(drawn, plugin) for plugin in (drawn.mine, books))
    seed = drawn.rng.getrandbits(64)

    def cost(functions: dict[str, Function], name: str) -> tuple[float, float]:
        if counting == "cycles":
            return costs.cycles(functions[name]), 0
        count = costs.executed(functions[name], before[name], random.Random(seed))
        return count[counting], count.total() - count[counting]

    both = {name: (cost(mine, name), cost(best, name)) for name in before}
    pairs = {name: (mine[0], best[0]) for name, (mine, best) in both.items()}
    actual, expected = (sum(pair[at] for pair in pairs.values()) for at in (0, 1))
    others = [sum(pair[at][1] for pair in both.values()) for at in (0, 1)]
    if not current().measures_speed:
        print(SWITCHED_OFF)
        return
    if others[0] > OTHERS * others[1]:
        figures = f"{others[0]:,.0f} against {others[1]:,.0f}"
        fail(f"what takes the place of {counting} costs more than the book's: {figures} others")
    told = f"{costs.NAMES.get(counting, f'executed {counting}')} that the book's pass leaves"
    ratio = actual / max(expected, 1)
    if ratio > at_most:
        worst = max(before, key=lambda name: pairs[name][0] - pairs[name][1])
        figures = ("in this function", "{:g} against {:g}".format(*pairs[worst]))
        left = ("what the pass made of it", text_of(drawn.mine.left, worst)[:SHOWN])
        message = f"{ratio:.3g}× the {told} (bar {at_most:g}×)"
        fail(message, [figures, left, *drawn.told(worst, because)])
    inputs = f"{actual:,.0f} against {expected:,.0f}, in {len(before)} functions"
    settle(CountedRatio.of(ratio, told, Bars(at_most, silver, gold), inputs=inputs))


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

    On one large function, in turn. CheckFailed, CouldNotMeasure.
    """
    drawn = tried(header, on, 1)
    books = build.of_the_book(build.the_books_header(header, book, folder), drawn.mine.ground)
    if not current().measures_speed:
        print(SWITCHED_OFF)
        return
    ratios: list[float] = []
    reference = 0.0
    while len(ratios) < PAIRS and (not ratios or within / 2 < ratios[-1] < 2 * within):
        reference = opt.run(books, drawn.module, transforms=False).seconds
        if reference < SHORTEST:
            raise CouldNotMeasure(f"not judged here: the book's pass takes {reference:.2f} s only")
        limit = opt.SECONDS + 3 * within * reference
        mine = opt.run(drawn.mine, drawn.module, limit, transforms=False).seconds
        ratios.append(mine / reference)
    bars, lines = Bars(within, silver, gold), drawn.module.count("\n")
    settle(_timed(ratios, bars, drawn.mine.header.name, reference, lines))


def _timed(ratios: list[float], bars: Bars, name: str, call: float, lines: int) -> KeepsUp:
    ranked = sorted(ratios)
    ratio = ranked[len(ranked) // 2]
    verdict = "passed" if ratio <= bars.bronze else "failed"
    return KeepsUp(
        verdict=verdict,
        medal=bars.medal(ratio) if verdict == "passed" else None,
        over=f"{name}, in opt",
        ratio=ratio,
        low=ranked[0],
        high=ranked[-1],
        pairs=len(ranked),
        bars=bars,
        call=call,
        inputs=f"{lines:,} lines of IR",
        clock="CPU time",
    )
