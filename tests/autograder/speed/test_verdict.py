"""The logic of speed verdicts, on timers that return seeded noise instead of measuring."""

from __future__ import annotations

import itertools
import math
import os
import random
import statistics
from collections.abc import Callable

import numpy
import pytest

from autograder import check
from autograder.report import figures, measurement
from autograder.speed import pairs
from autograder.speed import verdict as speed
from autograder.speed.timers import PARALLEL, SERIAL
from autograder.worker import wire
from autograder.worker.errors import WorkerLost

NOISE = 0.05  # standard deviation of the logarithm of a measured time


class FakeTimer:
    """A timer for a function whose cost is known: `cost(argument)` seconds, with noise."""

    clock, pid, compiles, outside = "made up", os.getpid(), True, 0.0

    def __init__(
        self,
        cost: Callable[[int], float],
        seed: int = 0,
        noise: float = NOISE,
        result: Callable[[int], object] = lambda n: n * n,
    ):
        self.cost, self.noise, self.result = cost, noise, result
        self.random = random.Random(seed)
        self.largest = 0
        self.calls = 0

    def prepare(self, call: wire.Encoded) -> None:
        (self.argument,), _ = call.decode()
        self.largest = max(self.largest, self.argument)
        self.calls += 1

    def go(self, timeout: float, enough: float = math.inf) -> float:
        seconds = self.cost(self.argument) * self.random.lognormvariate(0, self.noise)
        if seconds > min(timeout, enough):
            raise WorkerLost("it was still running", expired=True, cpu=min(timeout, enough))
        return seconds

    def fetch(self) -> wire.Encoded:
        return wire.Encoded.of((self.result(self.argument), []))

    def cpu(self) -> float:
        return 0.0

    def threads(self) -> int:
        return 0

    def message_seconds(self) -> float:
        return 0.0


def number(rng: random.Random, size: int = 1000) -> tuple[int]:
    return (size,)


def keeps_up(
    candidate: FakeTimer, reference: FakeTimer, bronze: float = 3.0, **more: float
) -> measurement.Timed:
    return speed.compare(
        candidate, reference, number, measurement.Bars(bronze, **more), check.equal
    )


def pair(ratio: float, seed: int, noise: float = NOISE) -> tuple[FakeTimer, FakeTimer]:
    return (
        FakeTimer(lambda n: 0.01 * ratio, seed, noise),
        FakeTimer(lambda n: 0.01, seed + 1, noise),
    )


SEEDS = range(0, 400, 20)


# ---- keeps_up -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [0.1, 1.0, 2.0, 2.5])
def test_a_ratio_below_the_bar_passes(ratio: float) -> None:
    for seed in SEEDS:
        verdict = keeps_up(*pair(ratio, seed))
        assert verdict.verdict == "passed"
        assert verdict.low <= verdict.ratio <= verdict.high
        assert verdict.ratio == pytest.approx(ratio, rel=0.15)


@pytest.mark.parametrize("ratio", [3.6, 5.0, 50.0])
def test_a_ratio_above_the_bar_fails(ratio: float) -> None:
    for seed in SEEDS:
        verdict = keeps_up(*pair(ratio, seed))
        assert verdict.verdict == "failed"
        assert verdict.medal is None


def test_a_ratio_not_far_from_a_bar_takes_six_pairs() -> None:
    assert keeps_up(*pair(2.4, 1)).pairs == speed.NET_VOTES
    assert keeps_up(*pair(3.6, 1)).pairs == speed.NET_VOTES
    for medal in ({"silver": 1.2}, {"silver": 0.8}, {"silver": 1.6, "gold": 1.2}):
        assert keeps_up(*pair(1.0, 1), **medal).pairs == speed.NET_VOTES


def test_what_is_clear_of_every_bar_takes_fewer_pairs() -> None:
    for ratio, bars in [(1.0, {}), (0.1, {}), (1.0, {"silver": 1.7, "gold": 0.5})]:
        verdict = keeps_up(*pair(ratio, 1), **bars)
        assert (verdict.verdict, verdict.pairs) == ("passed", 3)


def test_what_is_clearly_too_slow_takes_fewer_pairs() -> None:
    slower, hopeless = keeps_up(*pair(6.0, 1)), keeps_up(*pair(12.0, 1))
    assert (slower.verdict, slower.pairs) == ("failed", 3)
    assert (hopeless.verdict, hopeless.pairs) == ("failed", 2)


def test_one_pair_that_passes_takes_the_weight_from_those_that_do_not() -> None:
    times = iter([0.01, 0.2, 0.01, 0.2, *[0.01] * 20])  # the first is the one that warms up
    verdict = keeps_up(FakeTimer(lambda n: next(times), noise=0.0), pair(1, 1, 0.0)[1])
    assert verdict.verdict == "passed"


def test_noise_at_the_bar_is_never_called_a_fail_of_a_correct_solution() -> None:
    """At a ratio of half the bar even wild noise may leave it unmeasured, but does not fail it."""
    verdicts = [keeps_up(*pair(1.5, seed, noise=0.5)).verdict for seed in SEEDS]
    assert "failed" not in verdicts
    assert "passed" in verdicts


def test_pairs_that_never_agree_are_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "MAX_PAIRS", 20)
    high = iter([True, False] * 200)
    candidate = FakeTimer(lambda n: 0.06 if next(high) else 0.01, noise=0.0)
    verdict = keeps_up(candidate, FakeTimer(lambda n: 0.01, noise=0.0))
    assert verdict.verdict == "unmeasured"
    assert "could not measure reliably, run again" in verdict.sentence()


def test_no_time_left_is_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "BUDGET", -1.0)
    verdict = keeps_up(*pair(1.0, 1))
    assert (verdict.verdict, verdict.pairs) == ("unmeasured", 0)


def after_pairs(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock by which the budget is spent after so many pairs."""
    ticks = iter([0.0] * (count + 3))
    monkeypatch.setattr(speed.time, "monotonic", lambda: next(ticks, 1e9))


def test_few_pairs_are_enough_where_all_are_far_below_the_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {}
    for ratio in (0.5, 1.2, 2.5):
        for count in (2, 3, 4):
            with monkeypatch.context() as patch:
                after_pairs(count, patch)
                verdict = keeps_up(*pair(ratio, 1))
            found[ratio, verdict.pairs] = verdict.verdict
    passed = {key for key, verdict in found.items() if verdict == "passed"}
    assert set(found.values()) == {"passed", "unmeasured"}
    assert passed == {(0.5, 2), (0.5, 3), (1.2, 3)}


def test_medals_are_those_of_the_ratio() -> None:
    bars = {"bronze": 3.0, "silver": 1.5, "gold": 0.8}
    medals = {
        ratio: keeps_up(*pair(ratio, 3), **bars).medal for ratio in (0.5, 1.0, 2.0)
    }  # fmt: skip
    assert medals == {0.5: "gold", 1.0: "silver", 2.0: "bronze"}


def test_candidate_and_reference_take_turns_in_going_first() -> None:
    order: list[str] = []

    class Noted(FakeTimer):
        def go(self, timeout: float, enough: float = math.inf) -> float:
            order.append(self.clock)
            return super().go(timeout, enough)

    candidate, reference = Noted(lambda n: 0.024), Noted(lambda n: 0.01)
    candidate.clock, reference.clock = "A", "B"
    assert keeps_up(candidate, reference).pairs == 6
    assert (
        "".join(order[6:]) == "BAABBAABBAAB"
    )  # the reference twice, then two pairs: all only warm up


def test_a_wrong_result_on_the_large_input_fails_however_fast() -> None:
    candidate = FakeTimer(lambda n: 1e-6, result=lambda n: n)
    with pytest.raises(check.CheckFailed, match="the result differs"):
        keeps_up(candidate, FakeTimer(lambda n: 0.01))


def test_a_wrong_result_in_one_later_pair_fails() -> None:
    results = iter([1, 1, 1, 2, 1, 1, 1, 1, 1])
    candidate = FakeTimer(lambda n: 0.01, result=lambda n: next(results))
    with pytest.raises(check.CheckFailed, match="the result differs"):
        keeps_up(candidate, FakeTimer(lambda n: 0.01, result=lambda n: 1))


def test_a_call_that_leaves_no_doubt_is_not_waited_for() -> None:
    """Six times what the bar allows is enough; but who compiles, or has threads, may take more."""

    def verdict(clock: str, compiles: bool) -> measurement.Timed:
        costs = itertools.chain([3.0], itertools.repeat(0.1))
        slow_at_first = FakeTimer(lambda n: next(costs), noise=0.0)
        slow_at_first.clock, slow_at_first.compiles = clock, compiles
        return keeps_up(slow_at_first, FakeTimer(lambda n: 0.15, noise=0.0))

    cut_off = verdict(SERIAL, compiles=False)
    assert cut_off.verdict == "failed"
    assert "still running after 18× the CPU time of the book" in cut_off.sentence()
    assert verdict(SERIAL, compiles=True).verdict == "passed"
    assert verdict(PARALLEL, compiles=False).verdict == "passed"


def test_a_candidate_that_is_cut_off_far_beyond_the_bar_fails() -> None:
    calls = iter([0.01, 1e6])
    candidate = FakeTimer(lambda n: next(calls), noise=0.0)
    verdict = keeps_up(candidate, FakeTimer(lambda n: 0.01, noise=0.0))
    assert verdict.verdict == "failed"
    assert "still running after" in verdict.sentence()


def test_a_candidate_that_is_cut_off_with_little_cpu_time_used_is_not_judged_slow() -> None:
    """The machine may have been asleep: that is no measurement, not a slow solution."""

    class Starved(FakeTimer):
        def go(self, timeout: float, enough: float = math.inf) -> float:
            if self.calls > 1:
                raise WorkerLost("it was still running", expired=True, cpu=0.001)
            return super().go(timeout, enough)

    verdict = keeps_up(Starved(lambda n: 0.01), FakeTimer(lambda n: 0.01))
    assert verdict.verdict == "unmeasured"


def test_a_little_work_outside_the_call_is_charged_to_it() -> None:
    class Sly(FakeTimer):
        outside = 0.003

    class Slow(FakeTimer):
        outside = 0.001

    found = keeps_up(Sly(lambda n: 0.01, noise=0.0), Slow(lambda n: 0.01, noise=0.0))
    assert found.ratio == pytest.approx(1 + (0.003 - 1.5 * 0.001 - 0.0005) / 0.01)


def test_growth_without_a_reference_counts_all_work() -> None:
    class Sly(FakeTimer):
        """Quadratic, but outside of what is timed."""

        def prepare(self, call: wire.Encoded) -> None:
            super().prepare(call)
            self.outside = 1e-8 * self.argument**2

    candidate = Sly(lambda n: 1e-6, noise=0.0)
    assert (
        speed.grows(candidate, None, "n log n", SIZES, number, check.equal, 2.0).verdict == "failed"
    )


def test_work_outside_the_timed_call_is_found() -> None:
    class Late(FakeTimer):
        outside = 0.0

    candidate, reference = Late(lambda n: 1e-4), Late(lambda n: 0.01)
    candidate.outside = 0.05
    with pytest.raises(pairs.Unfair, match="work was done outside the call"):
        keeps_up(candidate, reference)


def test_work_during_the_books_turn_is_found() -> None:
    class Busy(FakeTimer):
        used = 0.0

        def cpu(self) -> float:
            self.used += 0.05  # a thread that never rests
            return self.used

    with pytest.raises(pairs.Unfair, match="went on running"):
        keeps_up(Busy(lambda n: 0.01), FakeTimer(lambda n: 0.01))


# ---- speedup ------------------------------------------------------------------------------------


def speedup(
    times_as_fast: float, at_least: float, seed: int = 0, **more: float
) -> measurement.Timed:
    candidate, reference = pair(1 / times_as_fast, seed)
    bars = measurement.Bars(at_least, more.pop("silver", None), more.pop("gold", None))
    return speed.compare(
        candidate, reference, number, bars, check.equal, measurement.Speedup, **more
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_speedup_is_the_baselines_time_over_the_candidates(seed: int) -> None:
    above, below = speedup(5.0, 4.0, seed), speedup(3.2, 4.0, seed)
    assert (above.verdict, below.verdict) == ("passed", "failed")
    assert above.low <= above.ratio <= above.high
    assert above.ratio == pytest.approx(5.0, rel=0.15)
    assert below.ratio == pytest.approx(3.2, rel=0.15)
    assert "as fast as the baseline (needs 4×" in below.sentence()


def test_medals_of_a_speedup_are_won_upward() -> None:
    bars = {"silver": 4.0, "gold": 8.0}
    assert [speedup(f, 2.0, 1, **bars).medal for f in (2.9, 5.5, 11.0)] == [
        "bronze",
        "silver",
        "gold",
    ]


def test_what_is_faster_than_the_machine_is_rejected() -> None:
    flops = 0.002 * pairs.MAX_FLOPS * os.cpu_count()  # two milliseconds at the very least
    assert speedup(2.0, 1.5, flops=flops).verdict == "passed"
    with pytest.raises(pairs.Unfair, match="implausibly fast: 0.* ms for .* need 2 ms"):
        speedup(20.0, 1.5, flops=flops)


def test_no_bar_asks_more_of_shared_cores_than_they_promise() -> None:
    with pytest.raises(ValueError, match="at most 1.1"):
        check.speedup(len, over=len, at_least=1.5, on=number, parallel=2)


def test_the_first_call_is_apart_and_told() -> None:
    calls = iter([2.0] + [0.005] * 60)
    candidate = FakeTimer(lambda n: next(calls), noise=0.0)
    verdict = speed.compare(
        candidate,
        FakeTimer(lambda n: 0.01),
        number,
        measurement.Bars(1.5),
        check.equal,
        measurement.Speedup,
    )
    assert verdict.verdict == "passed"
    assert verdict.ratio == pytest.approx(2.0, rel=0.15)
    assert verdict.first_call == 2.0
    assert verdict.circumstances() == "1,000; made up; not counted: the first call (2 s)"


def test_the_messages_around_a_call_are_taken_off_both_sides() -> None:
    class Chatty(FakeTimer):
        def go(self, timeout: float, enough: float = math.inf) -> float:
            return super().go(timeout, enough) + 0.005

        def message_seconds(self) -> float:
            return 0.005

    verdict = speed.compare(
        Chatty(lambda n: 0.001, noise=0.0), Chatty(lambda n: 0.004, noise=0.0),
        number, measurement.Bars(2.0), check.equal, measurement.Speedup,
    )  # fmt: skip
    assert verdict.ratio == pytest.approx(4.0)


def test_inputs_are_described_by_type_and_size() -> None:
    array = numpy.zeros((3, 4), numpy.float32)
    assert (
        measurement.describe((array, 1_000, [1, 2], 0.5)) == "float32[3×4], 1,000, list of 2, float"
    )


# ---- the interval -------------------------------------------------------------------------------


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    """98 % of 2,000 samples; 96.5 % is more than four standard deviations below."""
    rng = random.Random(7)
    for size in (6, 11, 30, 60):
        held = 0
        for _ in range(2000):
            low, high = figures.interval([rng.lognormvariate(0, 1) for _ in range(size)])
            held += low <= 1 <= high
        assert held / 2000 > (0.98 - 0.015 if size > 7 else 0.96 - 0.015)


def test_the_interval_narrows_with_more_values() -> None:
    rng = random.Random(8)

    def width(size: int) -> float:
        low, high = figures.interval([rng.gauss(0, 1) for _ in range(size)])
        return high - low

    assert statistics.mean(width(60) for _ in range(50)) < statistics.mean(
        width(10) for _ in range(50)
    )


def test_the_interval_of_nothing_is_nothing_and_of_one_value_itself() -> None:
    assert all(math.isnan(end) for end in figures.interval([]))
    assert figures.interval([2.5]) == (2.5, 2.5)


# ---- grows --------------------------------------------------------------------------------------

SIZES = [1_000, 10_000, 100_000]


def grows(
    cost: Callable[[int], float], seed: int = 0, bound: str = "n log n", **more: float
) -> measurement.Growth:
    candidate = FakeTimer(cost, seed, more.pop("noise", NOISE))
    verdict = speed.grows(
        candidate, None, bound, SIZES, number, check.equal, more.pop("slack", 2.0)
    )
    return verdict, candidate


@pytest.mark.parametrize(
    "cost",
    [
        lambda n: 1e-6 * n,
        lambda n: 1e-7 * n * math.log(n),
        lambda n: 0.001 + 1e-7 * n * math.log(n),
        lambda n: 0.01,
    ],
    ids=["n", "n log n", "n log n and a start", "constant"],
)
def test_growth_within_the_bound_passes(cost: Callable[[int], float]) -> None:
    for seed in SEEDS:
        verdict, candidate = grows(cost, seed)
        assert verdict.verdict == "passed"
        assert candidate.largest == SIZES[-1]
        assert verdict.sizes == (SIZES[0], SIZES[-1])


@pytest.mark.parametrize("power", [1.5, 2.0, 3.0])
def test_growth_beyond_the_bound_fails(power: float) -> None:
    for seed in SEEDS:
        verdict, _ = grows(lambda n: 1e-8 * n**power, seed)
        assert verdict.verdict == "failed"


def test_a_quadratic_solution_is_found_out_before_the_largest_size() -> None:
    verdict, candidate = grows(lambda n: 1e-8 * n**2)
    assert verdict.verdict == "failed"
    assert candidate.largest == SIZES[1]
    assert verdict.sizes == tuple(SIZES[:2])


def test_a_solution_that_would_run_for_hours_is_cut_off() -> None:
    verdict, candidate = grows(lambda n: 1e-3 * (n / 1000) ** 6)
    assert verdict.verdict == "failed"
    assert candidate.largest == SIZES[1]


def test_what_is_hopeless_at_the_smallest_size_is_not_run_on_a_larger_one() -> None:
    """7 s at the smallest, and quadratic: minutes at the middle one."""
    candidate = FakeTimer(lambda n: 7 * (n / SIZES[0]) ** 2)
    verdict = speed.grows(
        candidate, FakeTimer(lambda n: 1e-5 * n), "n log n", SIZES, number, check.equal, 2.0
    )
    assert verdict.verdict == "failed"
    assert (candidate.largest, candidate.calls) == (SIZES[0], 3)
    assert "× the book's CPU time at 1,000 already" in verdict.sentence()


def test_a_slow_start_is_not_hopeless_where_the_book_is_slow_too() -> None:
    candidate, reference = (FakeTimer(lambda n: 2e-3 * n) for _ in range(2))
    verdict = speed.grows(candidate, reference, "n", SIZES, number, check.equal, 2.0)
    assert verdict.verdict == "passed"


@pytest.mark.parametrize("padding", [0.0, 0.5])
def test_idling_at_the_smallest_size_hides_no_growth(padding: float) -> None:
    """A quadratic solution, 10 s at the largest size, that begins with half a second of nothing."""
    for seed in SEEDS:
        candidate = FakeTimer(lambda n: 1e-9 * n**2 + (padding if n == SIZES[0] else 0), seed)
        reference = FakeTimer(lambda n: 1e-7 * n, seed)
        found = speed.grows(candidate, reference, "n", SIZES, number, check.equal, 2.0)
        assert found.verdict == "failed"


def test_slow_and_linear_is_linear() -> None:
    for seed in SEEDS:
        candidate = FakeTimer(lambda n: 25e-7 * n, seed)  # 25 times as slow as the book
        reference = FakeTimer(lambda n: 1e-7 * n, seed)
        found = speed.grows(candidate, reference, "n", SIZES, number, check.equal, 2.0)
        assert found.verdict == "passed"


def test_growth_just_at_the_bound_is_unmeasured() -> None:
    """Half of the tries below and half above is no verdict."""
    allowed = 2 * 100 * math.log(100_000) / math.log(1_000)
    tries = iter([0.9, 1.1] * 100)

    def cost(n: int) -> float:
        return 0.001 * (allowed * next(tries) if n == SIZES[-1] else n / SIZES[0])

    verdict, _ = grows(cost, noise=0.0)
    assert verdict.verdict == "unmeasured"
    assert "run again" in verdict.sentence()


def test_the_bounds_are_what_they_say() -> None:
    assert grows(lambda n: 1e-9 * n * n, bound="n^2")[0].verdict == "passed"
    assert grows(lambda n: 1e-9 * n**3, bound="n^2")[0].verdict == "failed"
    assert grows(lambda n: 1e-6 * n, bound="n")[0].verdict == "passed"
    with pytest.raises(ValueError, match="unknown bound"):
        grows(lambda n: n, bound="2^n")


def test_a_wrong_result_on_a_large_size_fails_however_slowly_it_grows() -> None:
    candidate = FakeTimer(lambda n: 1e-6, result=lambda n: n if n < 5_000 else 0)
    reference = FakeTimer(lambda n: 1e-6, result=lambda n: n)
    with pytest.raises(check.CheckFailed, match="the result differs"):
        speed.grows(candidate, reference, "n log n", SIZES, number, check.equal, 2.0)


# ---- words --------------------------------------------------------------------------------------


def test_a_verdict_says_the_figure_the_bar_the_range_and_the_pairs() -> None:
    verdict = keeps_up(*pair(2.4, 5))
    sentence = verdict.sentence()
    assert f"{verdict.ratio:.2f}× the book's CPU time (bar 3×, range" in sentence
    assert "6 pairs" in sentence
    sentence = grows(lambda n: 1e-6 * n)[0].sentence()
    assert "from 1,000 to 100,000 (n log n with slack allows" in sentence
