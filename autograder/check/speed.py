"""Checks of speed: against the book's part, against a baseline, and as the input grows."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

from autograder.check.failures import CheckFailed, CouldNotMeasure, fail
from autograder.check.session import current
from autograder.check.values import equal
from autograder.report.measurement import Bars, KeepsUp, Measurement, Speedup, Timed
from autograder.speed import pairs, verdict
from autograder.speed.pairs import Same
from autograder.speed.timers import Timer

SWITCHED_OFF = "speed: not measured (AUTOGRADER_SPEED=off)"


def keeps_up(
    function: Callable,
    *,
    with_: Callable,
    within: float,
    on: Callable[[random.Random], tuple],
    silver: float | None = None,
    gold: float | None = None,
    same: Callable[[Any, Any], Any] = equal,
    more: int = 0,
) -> None:
    """`function` takes at most `within` times the CPU time of tern's own part `with_`.

    `on(rng)` makes a fresh tuple of arguments of fixed size; each pair of calls gets its own, and
    both results are compared with `same(actual, expected)` after every call. A `same` that has a
    method `asked` is told the arguments before (check.costing), and one that has `finish` looks at
    what it was given once nothing is timed any more (check.modules_run). A verdict may take three
    pairs, too few for results that can be guessed: so many `more` calls are looked at.
    """
    session = current()
    timers = session.timer(function), session.timer(with_, function)
    bars = Bars(within, silver, gold)
    compare(*timers, on, bars, same, KeepsUp, over=name_of(with_), more=more)


def speedup(
    function: Callable,
    *,
    over: Callable,
    at_least: float,
    on: Callable[[random.Random], tuple],
    silver: float | None = None,
    gold: float | None = None,
    same: Callable[[Any, Any], Any] = equal,
    flops: float = 0.0,
    parallel: int = 0,
) -> None:
    """`function` is at least `at_least` times as fast as `over`, a function of the book's own.

    `on(rng)` makes a fresh tuple of arguments of fixed size; `same(actual, expected)` compares the
    results, and the arguments that were changed in place, after every call. `flops` is the number
    of floating-point operations of a call; what is faster than the machine can be is rejected. With
    `parallel` threads, the busiest thread's CPU time counts instead of that of all threads
    together, or that of all over `parallel` if it is more; two cores that others use as well
    promise no more than 1.1 then.
    """
    if parallel and at_least > 1.1:
        raise ValueError(
            f"shared cores do not promise a parallel speed-up of {at_least:g}: at most 1.1"
        )
    session = current()
    timers = session.timer(function, None, parallel), session.timer(over, function, parallel)
    bars = Bars(at_least, silver, gold)
    compare(*timers, on, bars, same, Speedup, flops, name_of(over))


def grows(
    function: Callable,
    *,
    no_faster_than: str,
    sizes: list[int],
    on: Callable[[random.Random, int], tuple],
    with_: Callable,
    same: Callable[[Any, Any], Any] = equal,
    slack: float = 2.0,
) -> None:
    """From the smallest to the largest size, CPU time grows at most `slack` times the bound.

    `no_faster_than` is "n", "n log n", or "n^2". `on(rng, n)` makes fresh arguments of size n.
    tern's part `with_` computes the expected result of every timed call: whoever is judged by
    time alone could return anything.
    """
    session = current()
    candidate, reference = session.timer(function), session.timer(with_)
    on, same = _telling(on, same), _on_a_large_input(same)
    with _fairly():
        if session.measures_speed:
            arguments = candidate, reference, no_faster_than, sizes, on, same, slack
            settle(verdict.grows(*arguments))
        else:
            pairs.once(candidate, reference, on(random.Random(), min(sizes)), same)
            print(SWITCHED_OFF)


# ---- for all checks that measure ----------------------------------------------------------------


def compare(
    candidate: Timer,
    reference: Timer,
    on: Callable[[random.Random], tuple],
    bars: Bars,
    same: Same,
    kind: type[Timed],
    flops: float = 0.0,
    over: str = "",
    more: int = 0,
) -> None:
    """Measure a candidate beside its reference; where speed is switched off, only look at a result.

    `over` is what the report calls the reference: a function's name, or "NumPy, one thread".
    Results of so many `more` calls are looked at.

    Raises CheckFailed below the first bar, and for a result that is wrong.
    """
    finish = getattr(same, "finish", _nothing)
    on, same = _telling(on, same), _on_a_large_input(same)
    with _fairly():
        if current().measures_speed:
            found = verdict.compare(candidate, reference, on, bars, same, kind, flops, over)
            for _ in range(more):
                pairs.once(candidate, reference, on(random.Random()), same)
            finish()
            settle(found)
        else:
            pairs.once(candidate, reference, on(random.Random()), same)
            finish()
            print(SWITCHED_OFF)


def name_of(function: Any) -> str:
    """What the report calls one of the book's functions; nothing if it has no name of its own."""
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else ""


def settle(measurement: Measurement) -> None:
    """Record what was measured or counted, and raise what follows from it."""
    if not current().measures_speed:
        print(SWITCHED_OFF)
        return
    current().record(measurement)
    if measurement.verdict == "unmeasured":
        raise CouldNotMeasure(measurement.sentence())
    if measurement.verdict == "failed":
        raise CheckFailed(measurement.sentence())


@contextlib.contextmanager
def _fairly() -> Iterator[None]:
    try:
        yield
    except pairs.Unfair as unfair:
        fail(str(unfair))


def _nothing() -> None:
    """Of a `same` that has looked at everything by then."""


def _telling(on: Callable[..., tuple], same: Same) -> Callable[..., tuple]:
    """The same inputs, of which `same` hears if it asks for that."""
    asked = getattr(same, "asked", None)
    if asked is None:
        return on

    def told(*drawn: Any) -> tuple:
        arguments = on(*drawn)
        asked(arguments)
        return arguments

    return told


class _on_a_large_input:
    """The same comparison, whose failure says what the result was of."""

    def __init__(self, same: Same) -> None:
        self.same = same
        self.always = getattr(same, "always", False)  # of results that are equal, too

    def __call__(self, actual: Any, expected: Any) -> None:
        try:
            self.same(actual, expected)
        except CheckFailed as error:
            details = [(label, text[:300]) for label, text in error.details]
            fail(f"wrong on the large input: {error.message}", details)
