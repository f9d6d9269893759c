"""What a test cell says of a function on a TVM schedule.

    check.schedules(schedule_matmul, of=MATMUL, sizes=[(64, 64, 64), (130, 7, 1)])
    check.schedule_speed(schedule_matmul, of=MATMUL, sizes=(99, 99, 99), over="numpy", at_least=0.2)
    check.intermediates(fuse_epilogue, of=DENSE, sizes=(512, 512, 64), at_most=4096)
    check.generates(schedule_gpu, of=MATMUL, sizes=(512, 512, 512), has=["__shared__"])
    check.space(matmul_space, of=MATMUL, sizes=(64, 64, 64), trials=20, distinct=8)

The function is given a tvm.s_tir.Schedule and changes it. Its program, `of`, is one of
tern.workshop.schedules. What is judged is the schedule's trace, replayed on the book's own program:
so it is legal by construction, for blocks whose S and R are true, as here, and works on exactly
that program. apart.py says which process does what.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from autograder.check import speed
from autograder.check.failures import CheckFailed
from autograder.check.session import current
from autograder.check.tvm.apart import Bench, changing_traces, fail, require, traces
from autograder.check.tvm.plain_trace import TraceError
from autograder.report.measurement import Bars, Speedup
from autograder.report.words import because_of

Sizes = tuple[int, ...]


def schedules(function: Callable, *, of: Any, sizes: Sequence[Sizes], because: str = "") -> None:
    """The schedule is legal at all of these sizes, can be replayed, and the results are NumPy's."""
    require()
    try:
        with Bench() as bench:
            made = changing_traces(bench, function, of, [(each, 1) for each in sizes])
            for each, one in zip(sizes, made, strict=True):
                replays(bench, of, each, one)
                if wrong := ask(bench, of, each, "agrees", one["trace"], secrets.randbits(32)):
                    fail(wrong, [("at the sizes", of.say(each))])
    except CheckFailed as failed:
        failed.details += because_of(because)
        raise
    current().say(f"right at {len(sizes)} sizes")


def schedule_speed(
    function: Callable,
    *,
    of: Any,
    sizes: Sizes,
    over: str | Callable,
    at_least: float,
    silver: float | None = None,
    gold: float | None = None,
) -> None:
    """The scheduled program is at least `at_least` times as fast as `over`, on one CPU.

    `over` is "numpy" (with one thread), "unscheduled" (the program as it is), or the book's own
    schedule function. Both run in turn, and what counts is CPU time (verdict.py). Each call gets
    fresh inputs, and its result is compared.
    """
    require()
    (one,) = traces(function, of, [(sizes, 1)])
    with Bench() as bench:
        replays(bench, of, sizes, one)
    compare(of, sizes, one["trace"], over, Bars(at_least, silver, gold))


def intermediates(
    function: Callable, *, of: Any, sizes: Sizes, at_most: int, because: str = ""
) -> None:
    """The program's buffers between its blocks take at most `at_most` bytes, all together.

    TVM shrinks each buffer to what one iteration of the loops around its blocks needs (look.py).
    """
    require()
    (one,) = traces(function, of, [(sizes, 1)])
    with Bench() as bench:
        replays(bench, of, sizes, one)
        found = ask(bench, of, sizes, "intermediates", one["trace"])
    total = sum(found.values())
    if total > at_most:
        names = ", ".join(f"{name}: {size:,} bytes" for name, size in found.items())
        message = f"the buffers between the blocks take {total:,} bytes, {at_most:,} are allowed"
        fail(message, [("buffers", names), ("at the sizes", of.say(sizes)), *because_of(because)])
    current().say(f"{total:,} bytes between the blocks ({at_most:,} are allowed)")


def compare(of: Any, sizes: Sizes, trace: list, over: Any, bars: Bars) -> None:
    """Measure what a trace makes of the program against `over`; CheckFailed below the first bar."""
    what = over if isinstance(over, str) else over.part_name

    def on(rng: random.Random) -> tuple:
        return of.arguments(rng, *sizes)

    with Bench() as candidate, Bench() as baseline:
        try:
            timer = candidate.timer(of.name, sizes, trace)
        except TraceError as error:
            fail(str(error), [("at the sizes", of.say(sizes))])
        reference = baseline.timer(of.name, sizes, what)
        speed.compare(timer, reference, on, bars, _near, Speedup, of.flops(*sizes))


def replays(bench: Bench, of: Any, sizes: Sizes, one: dict) -> None:
    """The trace leads to the very module that the function has left behind."""
    if ask(bench, of, sizes, "fingerprint", one["trace"]) != one["fingerprint"]:
        fail(
            "the steps of your schedule do not lead to the program that your function left behind: "
            "change it by the schedule's own methods alone",
            [("at the sizes", of.say(sizes))],
        )


def ask(bench: Bench, of: Any, sizes: Sizes, name: str, *arguments: Any) -> Any:
    """What a function of replay.py says of a trace; CheckFailed, one line, if it raises."""
    try:
        return bench.call(name, of.name, sizes, *arguments)
    except TraceError as error:
        fail(str(error), [("at the sizes", of.say(sizes))])


def _near(actual: Any, expected: Any) -> None:
    from autograder.check.tvm.replay import difference

    if wrong := difference(actual, expected):
        fail(wrong)
