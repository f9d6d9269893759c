"""Speed verdicts that hold on a noisy machine.

What is compared is CPU time, never wall-clock time: a busy neighbor stretches the wall clock of the
longer call more, and biases the verdict. Candidate and reference run in pairs, alternately AB and
BA, so that a drift of the machine hits both. Every call gets fresh inputs, made before the clock
starts, and every result is checked after it stops. Each pair votes; a clear vote ends it; if there
is none when the budget is spent, the verdict is "could not measure reliably", which is not a fail.
"""

from __future__ import annotations

import contextlib
import math
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from autograder import wire
from autograder.check import CheckFailed
from autograder.cpus import on_one_cpu
from autograder.host import WorkerLost
from autograder.measurement import Bars, Measurement, describe, interval
from autograder.timers import PREPARE_SECONDS, SERIAL

COMPILE_SECONDS = 60.0  # wall-clock time that a first call may take beyond what a call may take
NET_VOTES = 6  # a lead of six of the pairs: at even odds 1 in 64
MOST_PAIRS = 60
BUDGET = 30.0  # wall-clock seconds that one verdict may take

# No core computes more in a second: 2 units that each multiply and add 16 floats in a cycle of 6 GHz.
MOST_FLOPS = 2 * 16 * 2 * 6e9

BOUNDS: dict[str, Callable[[int], float]] = {
    "n": lambda n: n,
    "n log n": lambda n: n * math.log(n),
    "n^2": lambda n: n * n,
}


# ---- verdicts -----------------------------------------------------------------------------------


def compare(
    candidate: Any,
    reference: Any,
    on: Callable,
    bars: Bars,
    same: Callable,
    kind: str = "keeps_up",
    flops: float = 0.0,
) -> Measurement:
    """Is the candidate fast enough beside the reference?

    "keeps_up": its CPU time is at most `bars.bronze` times the reference's. "speedup": it is at
    least `bars.bronze` times as fast. `flops` is the number of floating-point operations of a call,
    where the author knows it: nobody is faster than the machine.
    """
    figure = {"keeps_up": lambda r: r, "speedup": lambda r: 1 / r}[kind]
    rng = random.Random(secrets.randbits(64))
    pairs: list[float] = []  # the candidate's CPU time over the reference's
    facts: dict[str, Any] = {"clock": candidate.clock, "bars": bars}
    allowed = figure(bars.bronze)  # figure is its own inverse

    def result(verdict: str, reason: str = "") -> Measurement:
        check_lateness(candidate, len(pairs))
        values = [figure(ratio) for ratio in pairs]
        low, high = interval(values)
        middle = statistics.median(values) if values else math.nan
        medal = bars.medal(middle, kind) if verdict == "passed" else None
        facts["threads"] = (started_with, _threads(candidate))
        return Measurement(
            kind, verdict, middle, low, high, bars.bronze, len(values), medal=medal, reason=reason,
            **facts,
        )  # fmt: skip

    with measuring(candidate, reference):
        deadline = time.monotonic() + BUDGET
        started_with = _threads(candidate)
        messages = facts["message"] = getattr(reference, "message_seconds", lambda: 0.0)()
        arguments = on(rng)
        facts["inputs"] = describe(arguments)
        call = call_of(arguments)
        reference.prepare(call)
        reference.go(PREPARE_SECONDS)  # compiles, if it has to
        reference.fetch()
        reference.prepare(call)
        book = reference.go(PREPARE_SECONDS)
        reference.fetch()
        limit = max(2.0, 20 * allowed * book)  # wall-clock seconds to wait for the candidate
        votes, is_warm = 0, False
        while len(pairs) < MOST_PAIRS and time.monotonic() < deadline:
            call = call_of(on(rng))
            compiles = not is_warm and getattr(candidate, "compiles", True)
            patience = limit + COMPILE_SECONDS if compiles else limit
            try:
                theirs, ours = _timed(reference, candidate, call, same, patience, len(pairs) % 2)
            except WorkerLost as lost:
                if not lost.expired:
                    raise
                if lost.cpu <= 3 * allowed * book:  # it was hardly given the processor
                    return result("unmeasured")
                return result(
                    "failed",
                    f"still running after {lost.cpu / book:.0f}× the CPU time of the "
                    f"{'baseline' if kind == 'speedup' else 'book'} "
                    f"({'needs' if kind == 'speedup' else 'bar'} {bars.bronze:g}×)",
                )
            if not is_warm:  # the first pair warms both up
                is_warm = True
                facts["first_call"] = ours
                continue
            check_plausible(ours, flops)
            book = facts["call"] = min(book, theirs)
            pairs.append(max(ours - messages, 1e-7) / max(theirs - messages, 1e-7))
            votes += 1 if pairs[-1] <= allowed else -1
            if abs(votes) >= NET_VOTES:
                return result("passed" if votes > 0 else "failed")
        low, high = interval(pairs)
        if len(pairs) >= NET_VOTES and high <= allowed:
            return result("passed")
        if len(pairs) >= NET_VOTES and low > allowed:
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
    facts: dict[str, Any] = {}

    def once(size: int, limit: float = PREPARE_SECONDS) -> float:
        nonlocal calls
        calls += 1
        arguments = on(rng, size)
        facts["inputs"] = describe(arguments)
        call = call_of(arguments)
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
            inputs=facts.get("inputs", ""), first_call=facts.get("first_call", 0.0),
        )  # fmt: skip

    with measuring(candidate, reference):
        deadline = time.monotonic() + 2 * BUDGET
        facts["first_call"] = once(small)  # warms up
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
                if votes >= 3 or (not last and beyond <= 1.5):  # a larger size will tell more clearly
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
        if timer is reference and idle() - before > 0.005 + 0.1 * seconds[timer]:
            raise CheckFailed("your code went on running after it had returned (a thread?)")
    if results[candidate] != results[reference]:
        _compare(results[candidate].decode(), results[reference].decode(), same)
    if is_late(candidate, reference, seconds[reference]):
        candidate.late = getattr(candidate, "late", 0) + 1
    return seconds[reference], seconds[candidate]


def is_late(candidate: Any, reference: Any, seconds: float) -> bool:
    """Did the candidate work outside the call, more than reading and writing values down takes?"""
    after = getattr(candidate, "elsewhere", 0.0) - 2 * getattr(reference, "elsewhere", 0.0)
    return after > 0.002 + 0.25 * seconds


def check_lateness(candidate: Any, pairs: int) -> None:
    """One late call may be the machine's fault, half of them are not. Raises CheckFailed."""
    if 2 * getattr(candidate, "late", 0) > pairs:
        raise CheckFailed("work was done outside the call: do it in the call, and return the finished result")


def check_plausible(seconds: float, flops: float) -> None:
    """Nobody is faster than the machine. Raises CheckFailed with the floor that was broken."""
    cores = os.cpu_count() or 1
    floor = flops / MOST_FLOPS / cores
    if seconds < floor:
        raise CheckFailed(
            f"implausibly fast: {seconds * 1e3:.3g} ms for {flops:,.0f} floating-point operations; "
            f"{cores} cores at their best need {floor * 1e3:.3g} ms"
        )


def _threads(timer: Any) -> int:
    return getattr(timer, "threads", lambda: 0)()


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


@contextlib.contextmanager
def measuring(*timers: Any) -> Iterator[None]:
    """One measurement at a time on this machine, whoever runs the autograder.

    Serial work is kept on one CPU, candidate and reference alike.
    """
    pids = {timer.pid for timer in timers if getattr(timer, "clock", None) == SERIAL}
    with _alone(), on_one_cpu(*pids):
        yield


@contextlib.contextmanager
def _alone() -> Iterator[None]:
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
