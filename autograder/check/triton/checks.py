"""What a test cell says of a Triton kernel: agrees, traffic, sectors; and, in builds.py, the rest.

    check.agrees(softmax, with_=book.softmax, on=[matrices(3, 5), matrices(90, 1000)])
    check.traffic(softmax, on=matrices, at_most=1.1, times="minimum bytes")
    check.sectors(softmax, on=matrices, at_most=1.25, times="bytes")
    check.compiles(softmax, on=matrices)
    check.uses(matmul, "HMMA", on=halves, device="sm_80")
    check.conflicts(transpose, on=matrices, at_most=0)

The first argument is a launcher: it is given tensors, launches kernels, and returns tensors. Or it
is source text that defines one, the last function in it: what a compiler has emitted. None of this
needs a GPU (tern/gpu); it is counted, or read from what the compiler makes.

Under the judge a launcher is a reader's, and no step trusts it: it runs apart (apart.py). Code
that reached for the meter in its own process could forge its counts. What is guarded is the machine
and the solutions, and the results are there to be checked.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from autograder.check.failures import CheckFailed, fail
from autograder.check.session import current
from autograder.check.speed import settle
from autograder.check.triton.launchers import (
    count_calls,
    faultless,
    fresh,
    launcher_of,
    same_results,
)
from autograder.check.triton.runs import DEVICES, MAX_PROGRAMS, On, run_of
from autograder.report.measurement import Bars, Traffic, describe
from autograder.report.words import because_of

IDLE = 0.1  # of the bytes may be moved by launches of few programs


def agrees(
    launcher: Callable | str,
    *,
    with_: Callable,
    on: On | Sequence[On],
    same: Callable[[Any, Any], None] | None = None,
    launches: int | None = None,
    programs: int = 1,
    max_programs: int | None = None,
    because: str = "",
) -> None:
    """The launcher's kernels have no fault, and give what `with_`, the book's, gives.

    Each of `on` makes the arguments of one call: arrays, tensors, and numbers. It is made twice,
    with other numbers, so that nothing is left over from a call. All programs run, or of a larger
    grid a sample of `max_programs`; at least `programs` of them move the bytes.
    `with_` may launch kernels or just call torch; `same(actual, expected)` compares results, as
    NumPy arrays. `launches` is how many kernels a call has to launch.
    """
    launcher = launcher_of(launcher)
    rng = random.Random()
    makers = [each for each in (on if isinstance(on, Sequence) else [on]) for _ in range(2)]
    calls = [make(rng) for make in makers]
    every = count_calls(launcher, calls, [max_programs] * len(calls))
    for arguments, counted in zip(calls, every, strict=True):
        try:
            faultless(counted)
            same_results(counted, with_, arguments, same)
            _busy(counted, programs)
            if launches is not None and len(counted.launches) != launches:
                fail(f"expected {launches} launch of a kernel, found {len(counted.launches)}")
        except CheckFailed as failed:
            failed.details += [("called with", describe(arguments)), *because_of(because)]
            raise


def traffic(
    launcher: Callable | str,
    *,
    on: On,
    at_most: float,
    with_: Callable,
    times: str | Callable[[tuple], float] = "minimum bytes",
    same: Callable[[Any, Any], None] | None = None,
    programs: int = 80,
    max_programs: int | None = MAX_PROGRAMS,
    devices: Sequence[str] = DEVICES,
    silver: float | None = None,
    gold: float | None = None,
    within: float | None = None,
) -> None:
    """The launcher's kernels have no fault and move at most `at_most` times so many bytes.

    `on(rng)` makes fresh arguments: arrays, tensors, and numbers. `times` is "minimum bytes" (every
    tensor given is read once, every result written once), or computes a number of bytes from the
    arguments. The results are those of the book's `with_`; `same(actual, expected)` compares them,
    as NumPy arrays. At least `programs` programs move the bytes, or most of a GPU would idle (80 is
    twice a T4's multiprocessors). Grids of more than `max_programs` are sampled, and the report
    says so: compared is then what the sample has written. Every launch compiles for `devices`.

    In a notebook with a GPU it is timed as well, in turn with `with_`; with `within`, it
    has to take at most so many times the book's time there.
    """
    run = run_of(launcher, on, devices, max_programs)
    arguments = run.arguments
    run.check(None, None)
    _allowed(run.counted, times, arguments, programs)
    run.check(with_, same)
    counted = run.counted  # of all programs now, if those of a sample were not alike
    base = _allowed(counted, times, arguments, programs)
    what = "allowed bytes" if callable(times) else times
    _settle(counted, counted.bytes, base, what, Bars(at_most, silver, gold), arguments)
    if current().processes is None:
        _timed(run.launcher, with_, arguments, within)


def sectors(
    launcher: Callable | str,
    *,
    on: On,
    at_most: float,
    times: str = "bytes",
    with_: Callable | None = None,
    same: Callable[[Any, Any], None] | None = None,
    max_programs: int | None = MAX_PROGRAMS,
    silver: float | None = None,
    gold: float | None = None,
) -> None:
    """The 32-byte sectors that the kernels touch hold at most `at_most` times so many bytes.

    `times` is "bytes" (those that are used: a coalesced kernel comes to 1) or "minimum bytes". With
    the book's `with_` the results are compared, as in `traffic`.
    """
    run = run_of(launcher, on, max_programs=max_programs)
    run.check(with_, same)
    arguments, counted = run.arguments, run.counted
    what = f"{times} in sectors of 32 bytes"
    base = _base(times, counted)
    _settle(counted, counted.sector_bytes, base, what, Bars(at_most, silver, gold), arguments)


# ---- verdicts -----------------------------------------------------------------------------------


def _allowed(
    counted: Any, times: str | Callable[[tuple], float], arguments: tuple, programs: int
) -> float:
    """The bytes that a bar is of. CheckFailed if too few programs work, or leave something out."""
    _busy(counted, programs)
    if callable(times):
        return times(arguments)
    base = _base(times, counted)
    if times == "minimum bytes" and counted.bytes < 0.99 * base:
        share = counted.bytes / max(base, 1)
        fail(
            f"{share:.3g}× the minimum bytes are too few: "
            "not every input was read, or result written"
        )
    return base


def _busy(counted: Any, programs: int) -> None:
    """Nearly all bytes are moved by launches that so many programs share."""
    idle = [each for each in counted.launches if _workers(each) < programs]
    if sum(each.bytes for each in idle) > IDLE * counted.bytes:
        found = min(_workers(max(idle, key=lambda each: each.bytes)), programs - 1)
        fail(f"programs: {found} are too few to keep a GPU busy, which needs {programs}")


def _workers(launch: Any) -> int:
    """The programs that move bytes; half of them may have twice as much to do as the others."""
    return min(launch.active, 2 * -(-launch.bytes // max(launch.widest, 1)))


def _base(times: str, counted: Any) -> int:
    if times not in ("bytes", "minimum bytes"):
        raise ValueError(f'times is "bytes" or "minimum bytes", not {times!r}')
    return counted.minimum if times == "minimum bytes" else counted.bytes


def _settle(
    counted: Any, moved: float, base: float, what: str, bars: Bars, arguments: tuple
) -> None:
    inputs = f"{moved:,} against {base:,.0f} bytes; {describe(arguments)}"
    traffic = Traffic.of(moved, base, what, bars, inputs=inputs, clock=counted.how())
    if traffic.verdict == "failed":
        current().say("\n".join(_lines(counted)))
    settle(traffic)


def _lines(counted: Any) -> list[str]:
    """What each line of the kernels moves."""
    return [
        f"  {a.file}:{a.line}: {a.kind} {a.tensor}: {a.bytes:,} bytes in {a.sectors:,} sectors"
        for launch in counted.launches
        for a in launch.accesses
    ]


def _timed(launcher: Any, book: Callable, arguments: tuple, within: float | None) -> None:
    """Where there is a GPU: say, or demand, how long a launch takes beside the book's."""
    from tern.gpu import timing

    if name := timing.gpu():
        time, baseline = timing.compare(launcher, book, fresh(arguments))
        times = f"{time:.3g} ms of {baseline:.3g} ms"
        sentence = f"timed on {name}: {time / baseline:.2f}× the book's time ({times})"
        if within is not None and time > within * baseline:
            fail(f"{sentence}, bar {within:g}×")
        print(sentence)
