"""What a test cell says. The same cell runs in a plain kernel and under the judge.

    from autograder import check
    check.equal(tokenize("1+2"), ["1", "+", "2"])
    check.forall(programs(), lambda p: parse(show(p)) == p)
    check.keeps_up(tokenize, with_=tern.tokenize, within=3, on=source)
    check.speedup(tiled_matmul, over=kernels.naive, at_least=2, on=matrices)
    check.grows(to_ssa, no_faster_than="n log n", sizes=[1_000, 4_000, 16_000], on=program)
    check.traffic(softmax, on=matrices, at_most=1.1, times="minimum bytes")  # see gpu_checks.py

Every check raises CheckFailed with a message that says what was asked, what came back, and, where
the author gave one, a sentence that teaches (`because=`). Nothing is returned.
"""

from __future__ import annotations

import contextlib
import math
import random
import re
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

from autograder.gpu_checks import agrees, compiles, conflicts, sectors, traffic, uses
from autograder.schedule_checks import intermediates, schedule_speed, schedules
from autograder.schedule_kernels import generates, runs_opencl
from autograder.schedule_search import searches, space
from autograder.words import a_or_an, because_of, difference, expected_and_got, show

__all__ = """CheckFailed equal close true raises forall keeps_up speedup counts grows
agrees traffic sectors compiles uses conflicts
schedules schedule_speed intermediates generates runs_opencl space searches""".split()


class CheckFailed(AssertionError):
    """A check that did not hold. `details` are (label, text) pairs shown below the message."""

    def __init__(self, message: str, details: list[tuple[str, str]] | None = None):
        self.message, self.details = message, list(details or [])
        lines = [message] + [f"  {label}: {text}" for label, text in self.details]
        super().__init__("\n".join(lines))


class CouldNotMeasure(CheckFailed):
    """A speed verdict that the machine's noise did not allow: run again, nobody failed."""


# ---- values -------------------------------------------------------------------------------------


def equal(actual: Any, expected: Any, because: str = "") -> None:
    """`actual` has the type and value of `expected`, all the way down."""
    if found := difference(actual, expected):
        raise CheckFailed(found, expected_and_got(actual, expected) + because_of(because))


def true(holds: Any, message: str, because: str = "") -> None:
    """`holds` is True; `message` says what does not hold otherwise."""
    if holds is not True:
        raise CheckFailed(message, because_of(because))


def close(actual: Any, expected: Any, rtol: float = 1e-5, atol: float = 0.0, because: str = "") -> None:
    """Numbers or arrays agree elementwise within atol + rtol·|expected|; NaN only matches NaN."""
    import numpy

    if type(actual) not in (int, float, numpy.ndarray) and not isinstance(actual, numpy.generic):
        raise CheckFailed(f"expected numbers, got {a_or_an(actual)}", because_of(because))
    got, want = numpy.asarray(actual), numpy.asarray(expected)
    if got.shape != want.shape:
        raise CheckFailed(f"expected shape {want.shape}, got {got.shape}", because_of(because))
    if got.dtype != want.dtype:
        raise CheckFailed(f"expected dtype {want.dtype}, got {got.dtype}", because_of(because))
    wrong = ~numpy.isclose(got, want, rtol=rtol, atol=atol, equal_nan=True)
    if wrong.any():
        at = tuple(int(i) for i in numpy.argwhere(wrong)[0])
        message = f"{int(wrong.sum())} of {wrong.size} numbers differ"
        details = [("first at", str(list(at)))] + expected_and_got(got[at], want[at])
        raise CheckFailed(message, details + because_of(because))


def raises(kind: str, function: Callable, *arguments: Any, match: str = "", because: str = "") -> None:
    """Calling `function` raises an exception whose class (or a base of it) is named `kind`."""
    try:
        result = function(*arguments)
    except Exception as error:
        kinds = getattr(error, "kinds", None)
        if kinds == []:  # not raised: something came back, but nothing that can be used
            raise
        kinds = kinds or [cls.__name__ for cls in type(error).__mro__]
        message = getattr(error, "message", None) or str(error)
        if kind not in kinds:
            detail = [("got", f"{kinds[0]}: {message}")]
            raise CheckFailed(f"expected {kind}, got {kinds[0]}", detail + because_of(because)) from None
        if damaged := getattr(error, "damaged", ""):
            detail = [("damage", damaged)]
            raise CheckFailed(f"{kind} was raised too late: an argument is left damaged", detail) from None
        if match and not re.search(match, message):
            detail = [("message", message), ("should mention", match)]
            raise CheckFailed(f"{kind} was raised, with another message", detail) from None
        return
    raise CheckFailed(f"expected {kind}", [("got", show(result))] + because_of(because))


# ---- properties ---------------------------------------------------------------------------------


class _SmallEnough(BaseException):
    """Ends Hypothesis's search for a smaller counterexample."""


SHRINK_SECONDS = 10.0  # wall-clock time spent on making a counterexample smaller


def forall(
    strategy: Any, holds: Callable[[Any], Any], examples: int = 100, because: str = ""
) -> None:
    """`holds(value)` for every value that Hypothesis finds in `strategy`.

    `holds` returns True or None, or raises CheckFailed; what fails is shrunk to the smallest input
    that still fails. The seed is new in every run and printed with a failure; AUTOGRADER_SEED sets it.
    """
    import os

    import hypothesis

    seed = int(os.environ.get("AUTOGRADER_SEED") or secrets.randbelow(1 << 32))
    smallest: tuple[str, Exception] | None = None  # the last failure: shrinking goes downhill
    stop_shrinking = math.inf

    def one(value: Any) -> None:
        nonlocal smallest, stop_shrinking
        if time.monotonic() > stop_shrinking:
            raise _SmallEnough
        shown = show(value)  # before the call, which may change it
        try:
            held = holds(value)
            if held is not True and held is not None:
                raise CheckFailed("the property does not hold")
        except Exception as error:
            if smallest is None:
                stop_shrinking = time.monotonic() + SHRINK_SECONDS
            smallest = (shown, error)
            raise

    quiet = hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    test = hypothesis.seed(seed)(quiet(hypothesis.given(strategy)(one)))
    try:
        with _no_notes():
            test()
    except (Exception, _SmallEnough):
        if smallest is None:
            raise
    if smallest is None:
        return
    shown, error = smallest
    details = [("smallest counterexample", shown)]
    if isinstance(error, CheckFailed):
        message = error.message
        details += error.details
    else:  # raised by the reader's code, or by the property over what it returned
        message = str(error) if hasattr(error, "kinds") else f"{type(error).__name__}: {error}"
    failed = CheckFailed(message, details + [("seed", str(seed))] + because_of(because))
    failed.where = getattr(error, "where", [])
    raise failed from None


@contextlib.contextmanager
def _no_notes() -> Iterator[None]:
    """Hypothesis prints its falsifying example; the report does that better."""
    from hypothesis import reporting

    with reporting.with_reporter(lambda *_: None):
        yield


# ---- speed --------------------------------------------------------------------------------------

_judge: Any = None  # set by the judge: makes timers for stand-ins, and collects measurements
measurements: list = []


def keeps_up(
    function: Callable,
    *,
    with_: Callable,
    within: float,
    on: Callable[[random.Random], tuple],
    silver: float | None = None,
    gold: float | None = None,
    same: Callable[[Any, Any], Any] = equal,
) -> None:
    """`function` takes at most `within` times the CPU time of tern's own part `with_`.

    `on(rng)` makes a fresh tuple of arguments of fixed size; each pair of calls gets its own, and
    both results are compared with `same(actual, expected)` after every call.
    """
    bars = (within, silver, gold)
    _compare("keeps_up", function, with_, on, bars, same, parallel=False, flops=0.0)


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
    parallel: bool = False,
) -> None:
    """`function` is at least `at_least` times as fast as `over`, a function of the book's own.

    `on(rng)` makes a fresh tuple of arguments of fixed size; `same(actual, expected)` compares the
    results, and the arguments that were changed in place, after every call. `flops` is the number of
    floating-point operations of a call; what is faster than the machine can be is rejected. With
    `parallel` the busiest thread's CPU time counts instead of that of all threads together; two
    cores that others use as well promise no more than 1.1 then.
    """
    if parallel and at_least > 1.1:
        raise ValueError(f"shared cores do not promise a parallel speed-up of {at_least:g}: at most 1.1")
    _compare("speedup", function, over, on, (at_least, silver, gold), same, parallel, flops)


def _compare(
    kind: str, function: Callable, reference: Callable, on: Callable, bars: tuple, same: Callable,
    parallel: bool, flops: float,
) -> None:  # fmt: skip
    from autograder import measurement, speed

    def timers() -> tuple[Any, Any]:
        return _timer(function, parallel=parallel), _timer(reference, function, parallel)

    _measure(
        lambda: speed.compare(*timers(), on, measurement.Bars(*bars), same, kind, flops),
        lambda: speed.once(*timers(), on(random.Random()), same),
    )


def counts(
    function: Callable,
    *,
    over: Callable,
    on: Callable[[random.Random], tuple],
    at_least: float,
    d1_misses: float | None = None,
    instructions: float | None = None,
    same: Callable[[Any, Any], Any] = equal,
) -> None:
    """A kernel's cost counted by cachegrind, not timed: the same on every run and machine.

    `function` causes at most `d1_misses` times the first-level cache misses of `over` and runs at
    most `instructions` times its instructions; both are kernels that write their results into
    arguments (counts.count_numba says which can be counted). Where counting is not available, this
    is said, and `function` has to be `at_least` times as fast instead.
    """
    from autograder import counts as counting
    from autograder.measurement import counted

    if why := counting.available():
        print(f"counted nothing: {why}; measuring the speed instead")
        speedup(function, over=over, at_least=at_least, on=on, same=same)
        return
    arguments = on(random.Random())
    count = counting.count_numba if _judge is None else _judge.count
    try:
        mine, book = count(function, arguments), counting.count_numba(over, arguments)
    except counting.CountError as error:
        raise CheckFailed(str(error)) from None
    for actual, expected in zip(mine.results, book.results, strict=True):
        same(actual, expected)
    for bar, what, ours, theirs in [
        (d1_misses, "first-level cache misses", mine.d1_misses, book.d1_misses),
        (instructions, "instructions", mine.instructions, book.instructions),
    ]:
        if bar is not None:
            measurement = counted(ours, theirs, bar, what, arguments)
            _measure(lambda: measurement, lambda: None)


def grows(
    function: Callable,
    *,
    no_faster_than: str,
    sizes: list[int],
    on: Callable[[random.Random, int], tuple],
    with_: Callable | None = None,
    same: Callable[[Any, Any], Any] = equal,
    slack: float = 2.0,
) -> None:
    """From the smallest to the largest size, CPU time grows at most `slack` times the bound.

    `no_faster_than` is "n", "n log n", or "n^2". `on(rng, n)` makes fresh arguments of size n. With
    `with_`, tern's part computes the expected result of every timed call.
    """
    from autograder import speed

    reference = None if with_ is None else _timer(with_)
    _measure(
        lambda: speed.grows(_timer(function), reference, no_faster_than, sizes, on, same, slack),
        lambda: speed.once(_timer(function), reference, on(random.Random(), min(sizes)), same),
    )


def _timer(function: Callable, like: Callable | None = None, parallel: bool = False) -> Any:
    from autograder import timers, values

    values.register_tern()
    if _judge is not None:
        return _judge.timer(function, like, parallel)
    return timers.LocalTimer(function, parallel)


def _measure(run: Callable[[], Any], once: Callable[[], None]) -> None:
    """Measure, or, where speed is switched off, only check that one result is right."""
    import os

    if _judge is None and os.environ.get("AUTOGRADER_SPEED") == "off":
        once()
        print("speed: not measured (AUTOGRADER_SPEED=off)")
        return
    measurement = run()
    measurements.append(measurement)
    if measurement.verdict == "unmeasured":
        raise CouldNotMeasure(measurement.sentence())
    if measurement.verdict == "failed":
        raise CheckFailed(measurement.sentence())
    if _judge is None:
        print(measurement.sentence())
        print(f"  ({measurement.circumstances()})")
