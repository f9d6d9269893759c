"""What a test cell says of a search space of schedules: space, searches.

    check.space(matmul_space, of=MATMUL, sizes=(64, 64, 64), trials=20, distinct=8)
    check.searches(
        matmul_space, of=MATMUL, sizes=(512, 512, 512), trials=20,
        over=schedule_matmul, at_least=0.5,
    )

A search space is a schedule function that samples: each seed of the schedule leads to another
candidate. The search is the plainest there is, at random: so what is judged is the space.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from typing import Any

from autograder.check.session import current
from autograder.check.tvm.apart import Bench, fail, require, traces
from autograder.check.tvm.plain_trace import TraceError
from autograder.check.tvm.schedules import Sizes, compare, replays
from autograder.report.measurement import Bars, Note
from autograder.report.words import because_of

TRIAL_SECONDS = 15.0  # wall-clock limit of compiling and running one candidate
FINALISTS = 5


def space(
    function: Callable, *, of: Any, sizes: Sizes, trials: int, distinct: int, because: str = ""
) -> None:
    """Of `trials` candidates, sampled at random, at least `distinct` are different programs."""
    require()
    made = _sampled(function, of, sizes, trials)
    with Bench() as bench:
        for one in made:
            replays(bench, of, sizes, one)
    details = [("at the sizes", of.say(sizes)), *because_of(because)]
    if not all(_decisions(one) for one in made):
        fail(
            "a candidate's trace holds no decision: sample with sch.sample_categorical or its like",
            details,
        )
    first, again = traces(function, of, [(sizes, 1234567)] * 2)
    if first["fingerprint"] != again["fingerprint"]:
        fail(
            "one seed gave two different programs: let the schedule sample, not Python's random",
            details,
        )
    _distinct(made, distinct, details, of, sizes)


def searches(
    function: Callable,
    *,
    of: Any,
    sizes: Sizes,
    trials: int,
    over: Callable,
    at_least: float,
    silver: float | None = None,
    gold: float | None = None,
) -> None:
    """The fastest of `trials` candidates is at least `at_least` times as fast as the book's `over`.

    Every candidate is compiled and timed in a process of its own: one that crashes TVM, or takes
    longer than 15 s, costs one trial. The fastest is then measured beside `over`, as schedule_speed
    does.
    """
    require()
    if not current().measures_speed:
        trials = 1  # whose result is checked, and no more
    found: list[tuple[float, dict]] = []
    failures: list[str] = []
    for one in _sampled(function, of, sizes, trials):
        try:
            fastest = min((seconds for seconds, _ in found), default=math.inf)
            found.append((_trial(of, sizes, one, 10, fastest), one))
        except TraceError as error:
            failures.append(str(error))
    if 2 * len(failures) > trials:
        details = [("the first", failures[0]), ("at the sizes", of.say(sizes))]
        fail(f"{len(failures)} of {trials} candidates cannot be compiled and run", details)
    found.sort(key=lambda pair: pair[0])
    # A neighbor may have disturbed one or the other: the best few run once more, and longer.
    again: list[tuple[float, dict]] = []
    for pair in found[:FINALISTS]:
        try:
            again.append((_trial(of, sizes, pair[1], 60, found[0][0]), pair[1]))
        except TraceError:  # it ran before: the machine is busy
            again.append(pair)
    best = min(again, key=lambda pair: pair[0])[1]
    with Bench() as bench:
        replays(bench, of, sizes, best)
    different = len({one["fingerprint"] for _, one in found})
    fastest, middle = found[0][0] * 1e3, found[len(found) // 2][0] * 1e3
    said = (
        f"{len(found)} of {trials} candidates ran, {different} different: "
        f"median {middle:.3g} ms, fastest {fastest:.3g} ms; the best after five ran again had the "
        f"decisions {_decisions(best)}"
    )
    current().record(Note(text=said))
    compare(of, sizes, best["trace"], over, Bars(at_least, silver, gold))


def _decisions(one: dict) -> list:
    """What was sampled, in order."""
    return [decision for _, decision in one["trace"][1]]


def _trial(of: Any, sizes: Sizes, one: dict, calls: int, fastest: float = math.inf) -> float:
    """CPU seconds of a candidate's call. TraceError."""
    with Bench() as bench:
        arguments = one["trace"], secrets.randbits(32), calls, fastest
        return bench.call("trial", of.name, sizes, *arguments, seconds=TRIAL_SECONDS)


def _sampled(function: Callable, of: Any, sizes: Sizes, trials: int) -> list[dict]:
    # TVM's random numbers begin alike for seeds that lie side by side.
    return traces(
        function, of, [(sizes, 1 + secrets.randbelow((1 << 31) - 2)) for _ in range(trials)]
    )


def _distinct(made: list[dict], at_least: int, details: list, of: Any, sizes: Sizes) -> None:
    """Fails unless so many of the candidates differ once they are compiled."""
    codes: set[str] = set()
    with Bench() as bench:
        for one in {one["fingerprint"]: one for one in made}.values():
            try:
                codes.add(bench.call("code", of.name, sizes, one["trace"]))
            except TraceError:  # it is no program, or none that this machine can run
                continue
            if len(codes) >= at_least:
                return
    found = len(codes)
    if found < at_least:
        fail(
            f"{len(made)} candidates, but only {found} different: "
            f"at least {at_least} are required. Sample what the schedule depends on, with "
            "sch.sample_categorical or sch.sample_perfect_tile",
            details,
        )
