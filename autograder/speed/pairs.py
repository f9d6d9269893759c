"""Pairs of calls, timed fairly: on fresh inputs, results compared, alone on the machine."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from autograder.speed.cpus import on_one_cpu
from autograder.speed.timers import PREPARE_SECONDS, SERIAL, Timer
from autograder.worker import wire

# Reading and writing values takes both processes about the same time: what is beyond is charged.
OUTSIDE, OUTSIDE_SECONDS = 1.5, 0.0005
# No core computes more in a second: 2 units that multiply and add 16 floats in a cycle of 6 GHz.
MAX_FLOPS = 2 * 16 * 2 * 6e9
shared = False  # whether this process measures beside others: what is far from its bar

Same = Callable[[Any, Any], Any]  # compares a result with the expected one, and raises


class Unfair(Exception):
    """What was measured is not the work of the call: one line for the reader."""


class Pairs:
    """Calls of a candidate beside its reference, on the same fresh inputs."""

    def __init__(self, candidate: Timer, reference: Timer | None, same: Same) -> None:
        self.candidate, self.reference, self.same = candidate, reference, same
        self.calls = 0  # pairs, or calls of a candidate without a reference
        self.late = 0  # of them, those in which the candidate worked outside the call

    def run(
        self,
        call: wire.Encoded,
        limit: float,
        candidate_first: bool = False,
        enough: float = math.inf,
    ) -> tuple[float, float]:
        """CPU seconds of the reference's and of the candidate's call, which get the same input.

        What the candidate's process does from before the call to after it is charged to the call,
        as far as it is more than the reference needs there to read and write the same values.
        Raises what `same` raises, Unfair, WorkerLost.
        """
        candidate, reference = self.candidate, self.reference
        self.calls += 1
        if reference is None:
            seconds, _ = timed_call(candidate, call, limit, enough)
            return 0.0, seconds + candidate.outside
        first = timed_call(candidate, call, limit, enough) if candidate_first else None
        before = candidate.cpu()
        baseline, expected = timed_call(reference, call, limit)
        if candidate.cpu() - before > 0.005 + 0.1 * baseline:  # it had nothing to do meanwhile
            raise Unfair("your code went on running after it had returned (a thread?)")
        seconds, actual = first or timed_call(candidate, call, limit, enough)
        if actual != expected or getattr(self.same, "always", False):
            self._compare(actual.decode(), expected.decode())
        charged = max(0.0, candidate.outside - OUTSIDE * reference.outside - OUTSIDE_SECONDS)
        # What is slow in the call has more to clear up after it, and is charged for that as well.
        self.late += charged > 0.002 + 0.25 * max(baseline, seconds)
        return baseline, seconds + charged

    def _compare(self, actual: tuple, expected: tuple) -> None:
        """Results and, for functions that work in place, the arguments they changed."""
        (result, changed), (expected_result, expected_changed) = actual, expected
        self.same(result, expected_result)
        for (_, one), (_, other) in zip(changed, expected_changed, strict=True):
            # A function that changes nothing has arguments of a kind that `same` never heard of.
            if wire.Encoded.of(one) != wire.Encoded.of(other):
                self.same(one, other)

    def check_lateness(self, counted: int) -> None:
        """One late call may be the machine's fault, half of the `counted` pairs are not."""
        if 2 * self.late > counted:
            raise Unfair(
                "work was done outside the call: do it in the call, and return the finished result"
            )


def timed_call(
    timer: Timer, call: wire.Encoded, limit: float, enough: float = math.inf
) -> tuple[float, wire.Encoded]:
    """CPU seconds of a call, and its result still encoded. It is ended when it took `enough`."""
    timer.prepare(call)
    seconds = timer.go(limit, enough)
    return seconds, timer.fetch()


def call_of(arguments: tuple) -> wire.Encoded:
    """Positional arguments and no keywords, encoded once for both sides of a pair."""
    return wire.Encoded.of((arguments, {}))


def once(candidate: Timer, reference: Timer | None, arguments: tuple, same: Same) -> None:
    """One call, for its result alone: raises what the candidate or `same` raises."""
    Pairs(candidate, reference, same).run(call_of(arguments), PREPARE_SECONDS)


def check_plausible(seconds: float, flops: float) -> None:
    """Nobody is faster than the machine. Raises Unfair with the floor that was broken."""
    cores = os.cpu_count() or 1
    floor = flops / MAX_FLOPS / cores
    if seconds < floor:
        raise Unfair(
            f"implausibly fast: {seconds * 1e3:.3g} ms for {flops:,.0f} floating-point operations; "
            f"{cores} cores at their best need {floor * 1e3:.3g} ms"
        )


# ---- alone on the machine -----------------------------------------------------------------------


@contextlib.contextmanager
def measuring(*timers: Timer | None) -> Iterator[None]:
    """One measurement at a time on this machine, whoever runs the autograder.

    Serial work is kept on one CPU, candidate and reference alike.
    """
    pids = {timer.pid for timer in timers if timer is not None and timer.clock == SERIAL}
    with alone(), on_one_cpu(*pids):
        yield


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the machine's lock for measurements: alone, or beside others that are `shared` too."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with open(Path(tempfile.gettempdir()) / "autograder-speed.lock", "a") as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except OSError:
            print("waiting for another speed measurement on this machine", file=sys.stderr)
            fcntl.flock(lock, kind)
        yield
