"""What a test cell says of a Numba kernel's cost, where it is counted and not timed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from autograder.check.failures import fail
from autograder.check.numba.counts import CountError, Counts, available, count_numba
from autograder.check.session import current
from autograder.check.speed import settle, speedup
from autograder.check.values import equal
from autograder.report.figures import beside
from autograder.report.measurement import Counted

SAME_KERNEL = 3.0  # what is counted may be so many times slower than the timed bar asks for


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
    is said, and `function` has to be `at_least` times as fast instead. A kernel that is counted is
    timed as well, and has to be a third as fast as that: or there could be one kernel for the
    timed bar, and for this one another, which misses little and is slow.
    """
    if why := available():
        print(f"counted nothing: {why}; measuring the speed instead")
        speedup(function, over=over, at_least=at_least, on=on, same=same)
        return
    arguments = on(random.Random())
    try:
        counted, baseline = _counted(function, arguments), count_numba(over, arguments)
    except CountError as error:
        fail(str(error))
    _check_speed(baseline.seconds / counted.seconds, at_least / SAME_KERNEL)
    for actual, expected in zip(counted.results, baseline.results, strict=True):
        same(actual, expected)
    for bar, what, count, of_baseline in [
        (d1_misses, "first-level cache misses", counted.d1_misses, baseline.d1_misses),
        (instructions, "instructions", counted.instructions, baseline.instructions),
    ]:
        if bar is not None:
            settle(Counted.of(count, of_baseline, bar, what, arguments))


def _check_speed(ratio: float, needed: float) -> None:
    if ratio < needed:
        fail(
            f"the kernel that is counted is only {beside(ratio, [needed], '.3g')}× as fast as the "
            f"baseline on these sizes (needs {needed:.3g}×): the one that is timed has to be "
            "counted"
        )


def _counted(function: Callable, arguments: Sequence[Any]) -> Counts:
    """What cachegrind counts of a call of the reader's function. CountError."""
    processes = current().processes
    if processes is None:
        return count_numba(function, arguments)
    name = function.__name__
    return count_numba(
        processes.cells,
        arguments,
        name,
        processes.secret,
        preload=processes.preload,
        off=processes.parts_of(name),
        forbidden=processes.forbidden,
    )
