"""Speed verdicts that hold on a noisy machine.

What is compared is CPU time, never wall-clock time: a busy neighbor stretches the wall clock of the
longer call more, and biases the verdict. Candidate and reference run in pairs, alternately AB and
BA, so that a drift of the machine hits both. Every call gets fresh inputs, made before the clock
starts, and every result is checked after it stops. Each pair votes; a clear vote ends it; if there
is none when the budget is spent, the verdict is "could not measure reliably", which is not a fail.
"""

from __future__ import annotations

import contextlib
import gc
import math
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder import wire
from autograder.check import CheckFailed
from autograder.host import RemoteFunction, WorkerLost

NET_VOTES = 6  # a lead of six of the pairs: at even odds 1 in 64
MOST_PAIRS = 60
BUDGET = 30.0  # wall-clock seconds that one verdict may take
PREPARE_SECONDS = 120.0

BOUNDS: dict[str, Callable[[int], float]] = {
    "n": lambda n: n,
    "n log n": lambda n: n * math.log(n),
    "n^2": lambda n: n * n,
}


@dataclass(frozen=True)
class Bars:
    """Multiples of the reference's CPU time: bronze is the bar, silver and gold are beyond it."""

    bronze: float
    silver: float | None = None
    gold: float | None = None

    def medal(self, ratio: float) -> str:
        if self.gold is not None and ratio <= self.gold:
            return "gold"
        if self.silver is not None and ratio <= self.silver:
            return "silver"
        return "bronze"


@dataclass
class Measurement:
    """One speed verdict with everything it rests on. Ratios have no unit; times are CPU seconds."""

    kind: str  # "keeps_up" or "grows"
    verdict: str  # "passed", "failed" or "unmeasured"
    ratio: float  # median of the pairs
    low: float
    high: float
    bar: float
    pairs: int
    clock: str
    medal: str | None = None
    reason: str = ""
    sizes: list[int] = field(default_factory=list)
    bound: str = ""
    bars: Bars | None = None

    def sentence(self) -> str:
        if self.reason:
            return self.reason
        interval = f"range {self.low:.3g}–{self.high:.3g}, {self.pairs} pairs"
        if self.kind == "grows":
            first, last = f"{self.sizes[0]:,}", f"{self.sizes[-1]:,}"
            what = f"CPU time grew {self.ratio:.3g}× from {first} to {last}"
            bar = f"{self.bound} with slack allows {self.bar:.3g}×"
        else:
            what = f"{self.ratio:.2f}× the book's CPU time"
            bar = f"bar {self.bar:g}×"
        if self.verdict == "unmeasured":
            return f"could not measure reliably, run again: {what} ({bar}, {interval})"
        return f"{what} ({bar}, {interval})"


# ---- timers: one for a function here, one for a function in a worker ----------------------------


class LocalTimer:
    """Times a function of this process by the process's own CPU clock: honest readers only."""

    clock = "CPU time of this process"

    def __init__(self, function: Callable):
        self.function = function

    def prepare(self, call: wire.Encoded) -> None:
        self.arguments, _ = call.decode()
        gc.collect()

    def go(self, timeout: float) -> float:
        was_enabled = gc.isenabled()
        gc.disable()
        start = time.process_time()
        try:
            self.result = self.function(*self.arguments)
            return time.process_time() - start
        finally:
            if was_enabled:
                gc.enable()

    def fetch(self) -> wire.Encoded:
        changed = [
            (index, argument)
            for index, argument in enumerate(self.arguments)
            if (codec := wire.codec_of(argument)) is not None and codec.assign is not None
        ]
        return wire.Encoded.of((self.result, changed))


class RemoteTimer:
    """Times a function in a worker by the worker's CPU clock, all threads, read from outside."""

    clock = "CPU time of the worker"

    def __init__(self, function: RemoteFunction):
        self.worker, self.name, self.inout = function.worker, function.__name__, function.inout
        self.elsewhere = 0.0  # CPU seconds outside the timed call, in the current call

    def cpu(self) -> float:
        """CPU seconds that the worker has used since it was started."""
        return self.worker.clock()

    def prepare(self, call: wire.Encoded) -> None:
        before = self.worker.clock()
        self.worker.request("prepare", call, PREPARE_SECONDS, name=self.name)
        self.elsewhere = self.worker.clock() - before

    def go(self, timeout: float) -> float:
        before = self.worker.clock()
        try:
            self.worker.request("go", None, timeout)
        except WorkerLost as lost:
            lost.cpu -= before
            raise
        return self.worker.clock() - before

    def fetch(self) -> wire.Encoded:
        before = self.worker.clock()
        value = self.worker.request_encoded("fetch", None, PREPARE_SECONDS, inout=self.inout)
        self.elsewhere += self.worker.clock() - before
        return value


# ---- verdicts -----------------------------------------------------------------------------------


def keeps_up(candidate: Any, reference: Any, on: Callable, bars: Bars, same: Callable) -> Measurement:
    """Is the candidate's CPU time at most `bars.bronze` times the reference's?"""
    rng = random.Random(secrets.randbits(64))
    ratios: list[float] = []
    clock = candidate.clock

    def result(verdict: str, reason: str = "") -> Measurement:
        check_lateness(candidate, len(ratios))
        low, high = interval(ratios)
        middle = statistics.median(ratios) if ratios else math.nan
        medal = bars.medal(middle) if verdict == "passed" else None
        return Measurement(
            "keeps_up", verdict, middle, low, high, bars.bronze, len(ratios), clock, medal, reason,
            bars=bars,
        )  # fmt: skip

    with measuring():
        deadline = time.monotonic() + BUDGET
        reference.prepare(call_of(on(rng)))
        book = reference.go(PREPARE_SECONDS)
        reference.fetch()
        limit = max(2.0, 20 * bars.bronze * book)  # wall-clock seconds to wait for the candidate
        votes, is_warm = 0, False
        while len(ratios) < MOST_PAIRS and time.monotonic() < deadline:
            call = call_of(on(rng))
            try:
                theirs, ours = _timed(reference, candidate, call, same, limit, len(ratios) % 2)
            except WorkerLost as lost:
                if not lost.expired:
                    raise
                if lost.cpu <= 3 * bars.bronze * book:  # it was hardly given the processor
                    return result("unmeasured")
                return result(
                    "failed",
                    f"still running after {lost.cpu / book:.0f}× the book's CPU time "
                    f"(bar {bars.bronze:g}×)",
                )
            if not is_warm:  # the first pair warms both up
                is_warm = True
                continue
            book = min(book, theirs)
            ratios.append(ours / max(theirs, 1e-9))
            votes += 1 if ratios[-1] <= bars.bronze else -1
            if abs(votes) >= NET_VOTES:
                return result("passed" if votes > 0 else "failed")
        low, high = interval(ratios)
        if len(ratios) >= NET_VOTES and high <= bars.bronze:
            return result("passed")
        if len(ratios) >= NET_VOTES and low > bars.bronze:
            return result("failed")
        return result("unmeasured")


def grows(
    candidate: Any,
    reference: Any | None,
    bound: str,
    sizes: list[int],
    on: Callable,
    same: Callable,
    slack: float,
) -> Measurement:
    """Does the candidate's CPU time grow no faster than `bound`, up to a factor of `slack`?

    Sizes are tried from small to large, so that a quadratic solution is found out at the middle
    sizes and never made to run for minutes at the largest.
    """
    if bound not in BOUNDS:
        raise ValueError(f"unknown bound {bound!r}; one of {', '.join(BOUNDS)}")
    sizes = sorted(sizes)
    small, allowed = sizes[0], lambda n: slack * BOUNDS[bound](n) / BOUNDS[bound](sizes[0])
    rng = random.Random(secrets.randbits(64))

    calls = 0

    def once(size: int, limit: float = PREPARE_SECONDS) -> float:
        nonlocal calls
        calls += 1
        call = call_of(on(rng, size))
        if reference is None:
            candidate.prepare(call)
            seconds = candidate.go(limit)
            candidate.fetch()
            return seconds
        return _timed(reference, candidate, call, same, limit)[1]

    def base() -> float:
        return statistics.median(once(small) for _ in range(3))

    def result(verdict: str, growths: list[float], upto: int, reason: str = "") -> Measurement:
        check_lateness(candidate, calls)
        return Measurement(
            "grows", verdict, statistics.median(growths), min(growths), max(growths),
            allowed(upto), len(growths), candidate.clock, None, reason, [small, upto], bound,
        )  # fmt: skip

    with measuring():
        deadline = time.monotonic() + 2 * BUDGET
        once(small)  # warm
        start = base()
        for size in sizes[1:]:
            growths: list[float] = []
            votes = 0
            last = size == sizes[-1]
            while True:
                limit = 5 + 10 * allowed(size) * start
                try:
                    growths.append(once(size, limit) / max(start, 1e-9))
                except WorkerLost as lost:
                    if not lost.expired:
                        raise
                    growths.append(lost.cpu / start)
                    enough = growths[-1] > 1.5 * allowed(size)  # else it was hardly given the processor
                    return result("failed" if enough else "unmeasured", growths, size)
                beyond = growths[-1] / allowed(size)
                weight = 1 + (not 1 / 1.5 < beyond < 1.5) + (not 1 / 3 < beyond < 3)
                votes += weight if beyond <= 1 else -weight  # a clear case needs fewer pairs
                if votes <= -3:
                    return result("failed", growths, size)
                if votes >= 3 or (not last and votes > 0):
                    break
                if len(growths) >= 9 or time.monotonic() > deadline:
                    return result("unmeasured", growths, size)
                start = statistics.median([start, base()])
    return result("passed", growths, sizes[-1])


def once(candidate: Any, reference: Any | None, arguments: tuple, same: Callable) -> None:
    """One call, for its result alone: raises what the candidate raises, or CheckFailed."""
    call = call_of(arguments)
    if reference is not None:
        _timed(reference, candidate, call, same, PREPARE_SECONDS)
    else:
        candidate.prepare(call)
        candidate.go(PREPARE_SECONDS)
        candidate.fetch()


def call_of(arguments: tuple) -> wire.Encoded:
    """Positional arguments and no keywords, encoded once for both sides of a pair."""
    return wire.Encoded.of((arguments, {}))


def _timed(
    reference: Any,
    candidate: Any,
    call: wire.Encoded,
    same: Callable,
    limit: float,
    candidate_first: int = 0,
) -> tuple[float, float]:
    """One pair of calls on the same fresh input, the results compared; CPU seconds of both."""
    order = [candidate, reference] if candidate_first else [reference, candidate]
    seconds, results = {}, {}
    idle = getattr(candidate, "cpu", lambda: 0.0)  # it has nothing to do while the book's version runs
    for timer in order:
        before = idle()
        timer.prepare(call)
        seconds[timer] = timer.go(limit)
        results[timer] = timer.fetch()
        if timer is reference and idle() - before > 0.01 + 0.1 * seconds[timer]:
            raise CheckFailed("your code went on running after it had returned (a thread?)")
    if results[candidate] != results[reference]:
        _compare(results[candidate].decode(), results[reference].decode(), same)
    if is_late(candidate, reference, seconds[reference]):
        candidate.late = getattr(candidate, "late", 0) + 1
    return seconds[reference], seconds[candidate]


def is_late(candidate: Any, reference: Any, seconds: float) -> bool:
    """Did the candidate work on after its call had returned, more than writing results down takes?"""
    after = getattr(candidate, "elsewhere", 0.0) - 2 * getattr(reference, "elsewhere", 0.0)
    return after > 0.01 + seconds


def check_lateness(candidate: Any, pairs: int) -> None:
    """One late call may be the machine's fault, half of them are not. Raises CheckFailed."""
    if 2 * getattr(candidate, "late", 0) > pairs:
        raise CheckFailed("work was done outside the call: do it in the call, and return the finished result")


def _compare(actual: tuple, expected: tuple, same: Callable) -> None:
    """Results and, for functions that work in place, the arguments they changed."""
    (got, got_changed), (want, want_changed) = actual, expected
    try:
        same(got, want)
        for (_, one), (_, other) in zip(got_changed, want_changed, strict=True):
            same(one, other)
    except CheckFailed as error:
        large = [(label, text[:300]) for label, text in error.details]
        raise CheckFailed(f"wrong on the large input: {error.message}", large) from None


def interval(values: list[float], confidence: float = 0.98) -> tuple[float, float]:
    """A distribution-free interval for the median: order statistics by the binomial law."""
    if not values:
        return math.nan, math.nan
    ordered, n = sorted(values), len(values)
    outside, left_out = 0.0, 0  # how many values each end can lose at this confidence
    for k in range((n - 1) // 2):
        outside += 2 * math.comb(n, k) / 2**n
        if outside > 1 - confidence:
            break
        left_out = k
    return ordered[left_out], ordered[n - 1 - left_out]


@contextlib.contextmanager
def measuring() -> Iterator[None]:
    """One measurement at a time on this machine, whoever runs the autograder."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(Path(tempfile.gettempdir()) / "autograder-speed.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("waiting for another speed measurement on this machine", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
