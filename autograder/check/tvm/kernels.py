"""What a test cell says of a GPU schedule, without a GPU: generates, runs_opencl.

    check.generates(schedule_gpu, of=MATMUL, sizes=(512, 512, 512), loads_at_most=16)
    check.runs_opencl(schedule_gpu, of=MATMUL, sizes=[(64, 64, 64), (130, 70, 10)])

What is counted is counted in the schedule's loops, the same on every machine; the results come from
the OpenCL program that TVM makes of the same schedule, run thread by thread on the CPU.
"""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograder.check.failures import CouldNotMeasure
from autograder.check.session import current
from autograder.check.speed import settle
from autograder.check.tvm.apart import Bench, changing_traces, fail, require
from autograder.check.tvm.schedules import Sizes, ask, replays
from autograder.report.measurement import Bars, Traffic
from autograder.report.words import because_of

SHARED = 48 << 10  # bytes of shared memory that every CUDA GPU has for a block


def generates(
    function: Callable,
    *,
    of: Any,
    sizes: Sizes,
    has: Sequence[str] = (),
    arch: str = "sm_80",
    threads: tuple[int, int] = (32, 1024),
    blocks: int = 1,
    local_at_most: int | None = None,
    loads_at_most: float | None = None,
    silver: float | None = None,
    gold: float | None = None,
    because: str = "",
) -> None:
    """TVM makes CUDA source of the schedule, for `arch`, in which every text of `has` stands.

    A block has from `threads[0]` to `threads[1]` threads and fits in shared memory; there are at
    least `blocks` of them, and a thread keeps at most `local_at_most` numbers in local memory. From
    global memory all threads together load at most `loads_at_most` times the bytes of the inputs.
    """
    require()
    details = [("at the sizes", of.say(sizes)), *because_of(because)]
    with Bench() as bench:
        (one,) = changing_traces(bench, function, of, [(sizes, 1)])
        replays(bench, of, sizes, one)
        found = ask(bench, of, sizes, "cuda", one["trace"], arch)
        for lack in _lacks(found, threads, blocks, local_at_most, has):
            fail(lack, details)
        if wrong := _wrong(bench, of, sizes, one["trace"]):  # what is counted has to be right
            fail(wrong, details[:1])
    current().say(
        f"{found['blocks']:,} blocks of {found['threads']} threads, "
        f"{found['shared']:,} bytes shared"
    )
    if loads_at_most is not None:
        _loads(found["loaded"], of, sizes, Bars(loads_at_most, silver, gold))


def _lacks(
    found: dict,
    threads: tuple[int, int],
    blocks: int,
    local_at_most: int | None,
    has: Sequence[str],
) -> Iterator[str]:
    """What a kernel lacks, in words: see `generates`."""
    lower, upper = threads
    if not lower <= found["threads"] <= upper:
        yield f"a block has {found['threads']:,} threads: from {lower} to {upper:,} are required"
    if found["blocks"] < blocks:
        yield f"the grid has {found['blocks']:,} blocks of threads: at least {blocks} are required"
    local = found["local"] // 4
    if local_at_most is not None and local > local_at_most:
        yield f"a thread keeps {local:,} numbers in local memory: at most {local_at_most} fit"
    if found["shared"] > SHARED:
        yield f"a block takes {found['shared']:,} bytes of shared memory, of {SHARED:,}"
    for text in has:
        if text not in found["source"]:
            yield f"there is no {text} in the CUDA source"


def _wrong(bench: Bench, of: Any, sizes: Sizes, trace: list) -> str:
    """What is wrong with the results of its OpenCL program, where there is PoCL; run once."""
    made = processes.made if (processes := current().processes) else {}
    key = json.dumps(["opencl", of.name, sizes, trace])
    if key in made or bench.call("opencl_missing", bench.worker is not None) is not None:
        return ""
    wrong = ask(bench, of, sizes, "opencl", trace, secrets.randbits(32))
    if not wrong:
        made[key] = True
    return wrong


def _loads(by_name: dict[str, int], of: Any, sizes: Sizes, bars: Bars) -> None:
    inputs = sum(4 * math.prod(shape) for shape in of.shapes(*sizes)[:-1])
    loaded = sum(by_name.values())
    parts = ", ".join(f"{name}: {size:,}" for name, size in by_name.items())
    settle(
        Traffic.of(
            loaded,
            inputs,
            "inputs' bytes are loaded from global memory",
            bars,
            inputs=f"{loaded:,} bytes loaded ({parts}), {inputs:,} in the inputs; {of.say(sizes)}",
            clock="counted in the schedule's loops",
        )
    )


def runs_opencl(function: Callable, *, of: Any, sizes: Sequence[Sizes], because: str = "") -> None:
    """Its OpenCL program, run on the CPU with all its threads, computes what NumPy does.

    Where PoCL is not installed this is not said to pass: CouldNotMeasure.
    """
    require()
    with Bench() as bench:
        made = changing_traces(bench, function, of, [(each, 1) for each in sizes])
        if why := bench.call("opencl_missing", bench.worker is not None):
            raise CouldNotMeasure(why)
        for each, one in zip(sizes, made, strict=True):
            replays(bench, of, each, one)
            if wrong := ask(bench, of, each, "opencl", one["trace"], secrets.randbits(32)):
                fail(wrong, [("at the sizes", of.say(each)), *because_of(because)])
    current().say(f"right at {len(sizes)} sizes, run by PoCL")
