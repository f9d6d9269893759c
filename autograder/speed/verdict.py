"""Speed verdicts that hold on a noisy machine.

What is compared is CPU time, never wall-clock time: a busy neighbor stretches the wall clock of the
longer call more, and biases the verdict. Candidate and reference run in pairs, alternately AB and
BA, so that a drift of the machine hits both. Every call gets fresh inputs, made before the clock
starts, and every result is checked after it stops. Each pair votes, and while all agree, one that
is clear votes more than once. A clear vote ends it. If there is none when the budget is spent,
and the pairs are not all far below the bar, the verdict is "could not measure reliably", which is
not a fail.
"""

from __future__ import annotations

import math
import random
import secrets
import statistics
import time
from collections.abc import Callable

from autograder.report.figures import interval
from autograder.report.measurement import Bars, Growth, KeepsUp, Timed, describe
from autograder.speed.pairs import Pairs, Same, call_of, check_plausible, measuring, timed_call
from autograder.speed.timers import PREPARE_SECONDS, SERIAL, Timer
from autograder.worker.errors import WorkerLost

COMPILE_SECONDS = 60.0  # wall-clock time that a first call may take beyond what a call may take
NET_VOTES = 6  # a lead of six of the pairs: at even odds 1 in 64
CLEAR, PLAIN = 1.5, 3.0  # times beyond a bar: such a pair counts as two, as three
MAX_PAIRS = 60
BUDGET = 30.0  # wall-clock seconds that one verdict may take
PADDED = 30.0  # times the book's CPU time: what counts at the smallest size, at most
HOPELESS, HOPELESS_SECONDS = 100.0, 1.0  # of the smallest size: nobody waits for a larger one

BOUNDS: dict[str, Callable[[int], float]] = {
    "n": lambda n: n,
    "n log n": lambda n: n * math.log(n),
    "n^2": lambda n: n * n,
}


# ---- verdicts -----------------------------------------------------------------------------------


def compare(
    candidate: Timer,
    reference: Timer,
    on: Callable[[random.Random], tuple],
    bars: Bars,
    same: Same,
    kind: type[Timed] = KeepsUp,
    flops: float = 0.0,
    over: str = "",
) -> Timed:
    """Is the candidate fast enough beside the reference?

    KeepsUp: its CPU time is at most `bars.bronze` times the reference's. Speedup: it is at least
    `bars.bronze` times as fast. `flops` is the number of floating-point operations of a call,
    where the author knows it: nobody is faster than the machine. `over` is what the report calls
    the reference. Raises Unfair, and what `same` and the candidate raise.
    """
    with measuring(candidate, reference):
        return _Comparison(candidate, reference, on, bars, same, kind, flops, over).run()


class _Comparison:
    """One verdict of `compare`, while it is being found."""

    def __init__(
        self,
        candidate: Timer,
        reference: Timer,
        on: Callable[[random.Random], tuple],
        bars: Bars,
        same: Same,
        kind: type[Timed],
        flops: float,
        over: str,
    ) -> None:
        self.candidate, self.reference, self.on = candidate, reference, on
        self.bars, self.kind, self.flops, self.over = bars, kind, flops, over
        self.rng = random.Random(secrets.randbits(64))
        self.deadline = time.monotonic() + BUDGET
        self.pairs = Pairs(candidate, reference, same)
        self.ratios: list[float] = []  # the candidate's CPU time over the reference's
        self.allowed = kind.figure(bars.bronze)  # as such a ratio
        self.threads = candidate.threads()
        self.message = reference.message_seconds()
        self.first_call, self.enough = 0.0, math.inf
        arguments = on(self.rng)
        self.inputs = describe(arguments)
        call = call_of(arguments)
        timed_call(reference, call, PREPARE_SECONDS)  # compiles, if it has to
        self.baseline = timed_call(reference, call, PREPARE_SECONDS)[0]

    def run(self) -> Timed:
        beyond = self.allowed * self.baseline
        limit = max(2.0, 20 * beyond)  # wall-clock seconds for the candidate
        if self.candidate.clock == SERIAL and not self.candidate.compiles:
            self.enough = max(2.0, 2 * PLAIN * beyond)  # CPU seconds that leave no doubt
        try:
            self._pair(limit + (COMPILE_SECONDS if self.candidate.compiles else 0.0), warm=False)
            if self.candidate.compiles:  # the collector looks through that before the second call
                self._pair(limit, warm=False)
            self.pairs.late = 0
            while len(self.ratios) < MAX_PAIRS and time.monotonic() < self.deadline:
                self._pair(limit)
                votes = self._votes()
                if abs(votes) >= NET_VOTES:
                    return self._result("passed" if votes > 0 else "failed")
        except WorkerLost as lost:
            if not lost.expired:
                raise
            return self._expired(lost.cpu)
        low, high = interval(self.ratios)
        if self._clearly_within() or len(self.ratios) >= NET_VOTES and high <= self.allowed:
            return self._result("passed")
        if len(self.ratios) >= NET_VOTES and low > self.allowed:
            return self._result("failed")
        return self._result("unmeasured")

    def _votes(self) -> int:
        """The pairs for a pass, less those against it.

        While they agree, one that is clear counts for more: against a pass, if it is clear of the
        bar; for one, if it is clear of every medal's bar as well, since a medal goes by the median,
        and for no more than two: an answer may be slow on one input in five. Once they disagree,
        each has one vote: a busy machine may be what is slow.
        """
        within = sum(ratio <= self.allowed for ratio in self.ratios)
        if within == 0:
            beyond = [ratio / self.allowed for ratio in self.ratios]
            return -sum(1 + (each > CLEAR) + (each > PLAIN) for each in beyond)
        if within < len(self.ratios):
            return 2 * within - len(self.ratios)
        return min(self._agreed(self.kind.figure(bar)) for bar in self.bars.given())

    def _agreed(self, bar: float) -> int:
        """The pairs; those that are clear of a bar, all on the same side of it, count as two."""
        beyond = [ratio / bar for ratio in self.ratios]
        if min(beyond) <= 1 < max(beyond):
            return len(beyond)
        return sum(1 + (max(each, 1 / each) > CLEAR) for each in beyond)

    def _clearly_within(self) -> bool:
        """Whether the few pairs that a busy machine had the time for are all far below the bar."""
        beyond = [ratio / self.allowed for ratio in self.ratios]
        votes = sum(1 + (each < 1 / CLEAR) + (each < 1 / PLAIN) for each in beyond)
        return votes >= NET_VOTES and max(beyond) < 1 / CLEAR

    def _pair(self, limit: float, warm: bool = True) -> None:
        """One pair of calls; what warms both up does not count."""
        if not warm and time.monotonic() >= self.deadline:
            return
        call = call_of(self.on(self.rng))
        turn = len(self.ratios) % 2 == 1
        baseline, seconds = self.pairs.run(call, limit, turn, self.enough)
        if not warm:
            self.first_call = self.first_call or seconds
            return
        check_plausible(seconds, self.flops)
        self.baseline = min(self.baseline, baseline)
        self.ratios.append(max(seconds - self.message, 1e-7) / max(baseline - self.message, 1e-7))

    def _expired(self, cpu: float) -> Timed:
        """The verdict on a candidate that was stopped after `cpu` seconds of CPU time."""
        if cpu <= 3 * self.allowed * self.baseline:  # it was hardly given the processor
            return self._result("unmeasured")
        reason = f"still running after {cpu / self.baseline:.0f}× the CPU time of"
        result = self._result("failed")
        result.reason = f"{reason} {result.told_baseline()} ({result.told_bar()})"
        return result

    def _result(self, verdict: str) -> Timed:
        self.pairs.check_lateness(len(self.ratios))
        figures = [self.kind.figure(ratio) for ratio in self.ratios]
        low, high = interval(figures)
        middle = statistics.median(figures) if figures else math.nan
        medal = self.bars.medal(middle, self.kind.larger_is_better)
        return self.kind(
            verdict=verdict,
            medal=medal if verdict == "passed" else None,
            inputs=self.inputs,
            clock=self.candidate.clock,
            over=self.over,
            ratio=middle,
            low=low,
            high=high,
            pairs=len(figures),
            bars=self.bars,
            call=self.baseline if figures else 0.0,
            first_call=self.first_call,
            message=self.message,
            threads=(self.threads, self.candidate.threads()),
        )


def grows(
    candidate: Timer,
    reference: Timer | None,
    bound: str,
    sizes: list[int],
    on: Callable[[random.Random, int], tuple],
    same: Same,
    slack: float,
) -> Growth:
    """Does the candidate's CPU time grow no faster than `bound`, up to a factor of `slack`?

    Sizes are tried from small to large, so that a quadratic solution is found out at the middle
    sizes and never made to run for minutes at the largest.
    """
    if bound not in BOUNDS:
        raise ValueError(f"unknown bound {bound!r}; one of {', '.join(BOUNDS)}")
    with measuring(candidate, reference):
        return _Growing(candidate, reference, bound, sorted(sizes), on, same, slack).run()


class _Growing:
    """One verdict of `grows`, while it is being found."""

    def __init__(
        self,
        candidate: Timer,
        reference: Timer | None,
        bound: str,
        sizes: list[int],
        on: Callable[[random.Random, int], tuple],
        same: Same,
        slack: float,
    ) -> None:
        self.clock, self.bound, self.sizes = candidate.clock, bound, sizes
        self.on, self.slack = on, slack
        self.rng = random.Random(secrets.randbits(64))
        self.pairs = Pairs(candidate, reference, same)
        self.inputs = self.reason = ""
        self.deadline = time.monotonic() + 2 * BUDGET
        self.first_call = self._call(sizes[0])  # warms up
        if candidate.compiles:  # the collector looks through that before the second call
            self._call(sizes[0])
        self.pairs.calls = self.pairs.late = 0

    def run(self) -> Growth:
        if self._is_hopeless():
            return self._result("failed", [1.0], self.sizes[0])
        self.start = self._base()
        growths: list[float] = []
        for size in self.sizes[1:]:
            growths = []
            if verdict := self._judge(size, growths, last=size == self.sizes[-1]):
                return self._result(verdict, growths, size)
        return self._result("passed", growths, self.sizes[-1])

    def _judge(self, size: int, growths: list[float], last: bool) -> str:
        """Empty if CPU time grows up to `size` as allowed, else "failed" or "unmeasured"."""
        allowed, votes = self._allowed(size), 0
        while True:
            try:
                enough = PLAIN * allowed * self.start
                seconds = self._call(size, 5 + 10 * allowed * self.start, enough)
                growths.append(seconds / max(self.start, 1e-9))
            except WorkerLost as lost:
                if not lost.expired:
                    raise
                growths.append(lost.cpu / self.start)
                enough = growths[-1] > 1.5 * allowed  # else it was hardly given the processor
                return "failed" if enough else "unmeasured"
            beyond = growths[-1] / allowed
            # A clear case needs fewer pairs.
            weight = 1 + (not 1 / 1.5 < beyond < 1.5) + (not 1 / 3 < beyond < 3)
            votes += weight if beyond <= 1 else -weight
            if votes <= -3:
                return "failed"
            if votes >= 3 or (not last and beyond <= 1.5):  # a larger size will tell more clearly
                return ""
            if len(growths) >= 9 or time.monotonic() > self.deadline:
                return "unmeasured"
            self.start = statistics.median([self.start, self._base()])

    def _is_hopeless(self) -> bool:
        """Whether the smallest size takes so long that growth is not the question any more."""
        if self.first_call < HOPELESS_SECONDS:
            return False
        seconds = self._call(self.sizes[0])  # the first may have compiled
        times = seconds / max(self.baseline, 1e-9)
        if self.baseline == 0 or seconds < HOPELESS_SECONDS or times < HOPELESS:
            return False
        self.reason = (
            f"{times:,.0f}× the book's CPU time at {self.sizes[0]:,} already: larger ones were "
            "not tried"
        )
        return True

    def _allowed(self, size: int) -> float:
        return self.slack * BOUNDS[self.bound](size) / BOUNDS[self.bound](self.sizes[0])

    def _base(self) -> float:
        """CPU seconds at the smallest size. Idling there would hide any growth, so no more than
        PADDED times the book's count."""
        calls = [(self._call(self.sizes[0]), self.baseline) for _ in range(3)]
        seconds, book = (statistics.median(each) for each in zip(*calls))
        return min(seconds, PADDED * book) if book else seconds

    def _call(self, size: int, limit: float = PREPARE_SECONDS, enough: float = math.inf) -> float:
        arguments = self.on(self.rng, size)
        self.inputs = describe(arguments)
        self.baseline, seconds = self.pairs.run(call_of(arguments), limit, enough=enough)
        return seconds

    def _result(self, verdict: str, growths: list[float], upto: int) -> Growth:
        self.pairs.check_lateness(self.pairs.calls)
        return Growth(
            verdict=verdict,
            inputs=self.inputs,
            clock=self.clock,
            ratio=statistics.median(growths),
            low=min(growths),
            high=max(growths),
            pairs=len(growths),
            bar=self._allowed(upto),
            bound=self.bound,
            sizes=(self.sizes[0], upto),
            reason=self.reason,
            first_call=self.first_call,
        )
