"""What a header's operations cost: instructions, calls of malloc, CPU time beside Python's.

Work is a struct of the test cell's text: `Work(size)` prepares, `run(n)` does n operations and
returns a value, which has to be what the same work returns with the book's header. Only what
happens in `run(n)` is counted (callgrind; Nethercote and Seward, "Valgrind", PLDI 2007). Of what
it leaves, its `wrong()` says how much is wrong; a struct `Right` tests the program that is counted.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from typing import Any

from autograder.check.cpp.work import Work, cannot_count, made
from autograder.check.failures import CouldNotMeasure, fail
from autograder.check.session import current
from autograder.check.speed import SWITCHED_OFF, name_of, settle
from autograder.course.cpp_cell import Header
from autograder.report.measurement import Bars, CountedRatio, PerOperation, Speedup

PAIRS = (3, 9)  # of timed runs: the fewest, and the most
SHORTEST = 0.06  # seconds that are timed together: some CPU clocks tick in steps of 4 ms
MAX_REPEATS = 4096


def cpp_instructions(
    header: Header,
    work: str,
    *,
    per: str,
    at_most: float,
    n: int,
    silver: float | None = None,
    gold: float | None = None,
    size: int = 0,
    name: str = "Work",
    **how: Any,
) -> None:
    """An operation takes `at_most` so many instructions, of about `n` in the struct `name`.

    Compiled with -O2. `per` is what the report calls one operation. Keywords of all checks here:
    `rtti`, `exceptions` (False: compiled without), `returns(size, n)` (what run(n) returns, instead
    of what the book's header makes of it), `book`, `folder`. CouldNotMeasure without valgrind.
    """
    one = made(header, work, (name,), **how)
    n = _about(n)
    if not _can_count(one, name, size, n):
        return
    count = one.count(name, size, n).instructions
    bars = Bars(at_most, silver, gold, unit="")
    settle(PerOperation.of(count / n, "instructions", per, bars, inputs=f"{n:,} of {name}"))


def cpp_flat(
    header: Header,
    work: str,
    *,
    per: str,
    sizes: tuple[int, int],
    within: float,
    at_most: float,
    n: int,
    name: str = "Work",
    **how: Any,
) -> None:
    """At the larger of two sizes an operation takes `within` times the instructions of the smaller.

    That is what O(1) means, counted; and at the smaller one it takes `at_most` so many, or what is
    slow everywhere would do. CouldNotMeasure without valgrind.
    """
    one = made(header, work, (name,), **how)
    n = _about(n)
    if not _can_count(one, name, sizes[0], n):
        return
    small, large = (one.count(name, size, n).instructions / n for size in sizes)
    if small > at_most:
        inputs = f"{n:,} of {name} among {sizes[0]:,}"
        settle(PerOperation.of(small, "instructions", per, Bars(at_most, unit=""), inputs=inputs))
    settle(
        CountedRatio.of(
            large / max(small, 0.01),
            f"instructions for each {per} among {sizes[1]:,} that it takes among {sizes[0]:,}",
            Bars(within),
            inputs=f"{large:,.4g} against {small:,.4g}",
        )
    )


def cpp_as_cheap(
    header: Header,
    work: str,
    *,
    than: str,
    what: str,
    within: float,
    n: int,
    size: int = 0,
    name: str = "Work",
    **how: Any,
) -> None:
    """The struct `name` takes `within` times the instructions of the struct `than`, both of `work`.

    Both return the same. `what` is what the report calls the other one, "a switch".
    CouldNotMeasure without valgrind.
    """
    one = made(header, work, (name, than), **how)
    n = _about(n)
    if not _can_count(one, name, size, n):
        return
    mine, other = (one.count(each, size, n).instructions for each in (name, than))
    told = f"instructions of {what}"
    inputs = f"{mine / n:,.4g} against {other / n:,.4g} for each of {n:,}"
    settle(CountedRatio.of(mine / max(other, 1), told, Bars(within), inputs=inputs))


def cpp_allocations(
    header: Header,
    work: str,
    *,
    per: str,
    at_most: float,
    n: int,
    silver: float | None = None,
    gold: float | None = None,
    size: int = 0,
    name: str = "Work",
    **how: Any,
) -> None:
    """An operation calls malloc, or operator new, `at_most` so many times.

    AddressSanitizer counts the calls, and looks at the memory meanwhile. CouldNotMeasure without a
    compiler.
    """
    one = made(header, work, (name,), sanitized=True, **how)
    n = _about(n)
    calls = one.run(name, size, n).mallocs / n
    if not current().measures_speed:
        print(SWITCHED_OFF)
        return
    bars = Bars(at_most, silver, gold, unit="")
    settle(PerOperation.of(calls, "calls of malloc", per, bars, inputs=f"{n:,} of {name}"))


def cpp_speedup(
    header: Header,
    work: str,
    *,
    over: Callable[[int], int],
    at_least: float,
    n: int,
    silver: float | None = None,
    gold: float | None = None,
    size: int = 0,
    name: str = "Work",
    **how: Any,
) -> None:
    """`run(n)` is at least `at_least` times as fast as `over(n)`, a Python function of the book's.

    Both in CPU time, in turn, and both return the same. `run(n)` is repeated, each time prepared
    anew, until that takes 0.06 s; `over(n)` should take as long by itself, and is called up to ten
    times. Pairs are measured until all of them agree, or most of many do. CouldNotMeasure where
    either is too short.
    """
    one = made(header, work, (name,), returns=lambda size, n: expected, **how)
    begun = time.process_time()
    expected = over(n)
    first = time.process_time() - begun
    if not current().measures_speed:
        one.run(name, size, n)
        print(SWITCHED_OFF)
        return
    repeats = _repeats(one, name, size, n)
    if first < SHORTEST / 4:
        raise CouldNotMeasure(f"not judged here: {name_of(over)} takes only {first * 1e3:.1f} ms")
    ratios: list[float] = []
    while len(ratios) < PAIRS[0] or (not _agree(ratios, at_least) and len(ratios) < PAIRS[1]):
        begun = time.process_time()
        if over(n) != expected:
            fail(f"{name_of(over)} returns something else each time")
        seconds = time.process_time() - begun
        mine = one.run(name, size, n, repeats=repeats).seconds / repeats
        ratios.append(seconds / max(mine, 1e-9))
    settle(_timed(ratios, Bars(at_least, silver, gold), name_of(over), first, n))


def _repeats(one: Work, name: str, size: int, n: int) -> int:
    """How often `run(n)` has to be done for its CPU time to be measured. CouldNotMeasure."""
    repeats = 1
    while (seconds := one.run(name, size, n, repeats=repeats).seconds) < SHORTEST:
        if repeats >= MAX_REPEATS:
            raise CouldNotMeasure(f"not judged here: {name} takes too short a time to be measured")
        more = 1.25 * SHORTEST / seconds if seconds > SHORTEST / 4 else 8
        repeats = min(math.ceil(repeats * more), MAX_REPEATS)
    return repeats


def _agree(ratios: list[float], bar: float) -> bool:
    return len({ratio >= bar for ratio in ratios}) == 1


def _timed(ratios: list[float], bars: Bars, over: str, call: float, n: int) -> Speedup:
    ranked = sorted(ratios)
    median = ranked[len(ranked) // 2]
    above = sum(ratio >= bars.bronze for ratio in ranked)
    clear = max(above, len(ranked) - above) >= 0.75 * len(ranked)
    verdict = "unmeasured" if not clear else "passed" if median >= bars.bronze else "failed"
    medal = bars.medal(median, larger_is_better=True) if verdict == "passed" else None
    return Speedup(
        verdict=verdict,
        medal=medal,
        over=over,
        ratio=median,
        low=ranked[0],
        high=ranked[-1],
        pairs=len(ranked),
        bars=bars,
        call=call,
        inputs=f"{n:,}",
        clock="CPU time",
    )


def _about(n: int) -> int:
    """Somewhat more than n: how many operations there will be is not known before."""
    return n + random.Random().randrange(max(1, n // 16))


def _can_count(one: Work, name: str, size: int, n: int) -> bool:
    """Whether to count. The result is looked at where nothing is. CouldNotMeasure."""
    why = cannot_count()
    measures = current().measures_speed
    if why or not measures:
        one.run(name, size, n)
    if not measures:
        print(SWITCHED_OFF)
        return False
    if why:
        raise CouldNotMeasure(f"not judged here: {why}")
    return True
