"""What is done with a schedule's trace: replay it on the book's program, compile, run, look.

Under the judge this runs in a trusted worker: nothing of a reader's runs there but what TVM makes
of a trace (trace.py), and that may still crash or never end. In a plain notebook these functions
are called directly. Programs go by their names in tern.workshop.schedules.PROGRAMS, traces as plain
data.
"""

from __future__ import annotations

import hashlib
import math
import os
import random
import re
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.check.tvm import plain_trace, without_torch
from autograder.check.tvm.plain_trace import TraceError, reason

MAX_COPIES = 1 << 14  # of a statement, made by unrolling: LLVM takes seconds for so many
HOPELESS = 4.0  # a first call, with cold caches, takes up to twice as long as the next
TRIAL_SECONDS = 0.5  # of a candidate's timed calls, all together
_executables: deque[tuple[Any, Any]] = deque(maxlen=8)  # modules, and what they are compiled to
_timed: list[Callable] = []  # in a trusted worker, the one function that it times


def host_target() -> Any:
    """This machine's processor: plain "llvm" would use no instruction newer than SSE2."""
    import tvm.s_tir

    return {"kind": "llvm", "mcpu": tvm.target.codegen.llvm_get_system_cpu()}


def replayed(program: str, sizes: list[int], trace: list) -> Any:
    """The module of the program after the trace's steps. TraceError."""
    return plain_trace.replay(_program(program).module(*sizes), trace).mod


def fingerprint(program: str, sizes: list[int], trace: list) -> int:
    """A number that two modules have in common if they are structurally equal."""
    import tvm_ffi

    return tvm_ffi.structural_hash(replayed(program, sizes, trace))


def code(program: str, sizes: list[int], trace: list) -> str:
    """A text that two schedules have in common if the compiler makes the same program of them.

    Annotations that no pass reads, and loops of one iteration, leave no trace in it.
    """
    from autograder.check.tvm import look

    module = replayed(program, sizes, trace)
    if look.threads(module):  # for a GPU: its loops are told apart by how they are bound
        return str(fingerprint(program, sizes, trace))
    text = _executable(module).mod.inspect_source("ll")
    text = re.sub(r'"0x[0-9a-f]+"', "", str(text))  # addresses of TVM's own, which name its buffers
    return hashlib.sha256(text.encode()).hexdigest()


def compiled(module: Any) -> Callable:
    """A function of arrays, for this machine's processor; the last, made by `empty`, is the result.

    TraceError if TVM cannot compile the module.
    """
    import tvm

    from autograder.check.tvm import look

    if axes := look.threads(module):
        raise TraceError(f"{next(iter(axes))} is bound, as for a GPU: this program runs on the CPU")
    function = _executable(module)["main"]

    def call(*arrays: np.ndarray) -> None:
        *inputs, out = arrays
        if not _is_aligned(out):
            raise ValueError("the result would go into a copy: make its array with empty()")
        function(*[each if _is_aligned(each) else tvm.runtime.tensor(each) for each in inputs], out)

    return call


def _executable(module: Any) -> Any:
    """The module, compiled for this machine's processor; the last ones are kept. TraceError."""
    import tvm
    import tvm_ffi

    from autograder.check.tvm import look

    for known, made in _executables:
        if tvm_ffi.structural_equal(known, module):
            return made
    if (copies := look.copies(module)) > MAX_COPIES:
        raise TraceError(
            f"unrolling makes {copies:,} copies of a statement, too many for a compiler "
            f"(at most {MAX_COPIES:,})"
        )
    try:
        made = tvm.compile(module, target=host_target())
    except Exception as error:
        raise TraceError(f"TVM cannot compile the scheduled program: {reason(error)}") from None
    _executables.append((module, made))
    return made


def _is_aligned(array: np.ndarray) -> bool:
    """Whether vector instructions may load from the array itself, as the compiled code does."""
    return array.__array_interface__["data"][0] % 64 == 0 and array.flags.c_contiguous


def empty(shape: tuple[int, ...]) -> np.ndarray:
    """A float32 array of NaN that begins at a multiple of 64 bytes."""
    size = int(np.prod(shape))
    raw = np.empty(4 * size + 64, np.uint8)
    start = -raw.__array_interface__["data"][0] % 64
    array = raw[start : start + 4 * size].view(np.float32).reshape(shape)
    array[...] = np.nan
    return array


# ---- is it right? -------------------------------------------------------------------------------


def agrees(program: str, sizes: list[int], trace: list, seed: int) -> str:
    """Empty if the scheduled program computes what NumPy does, else in words where it differs."""
    function = compiled(replayed(program, sizes, trace))
    inputs, expected = example(program, sizes, seed)
    out = empty(expected.shape)
    function(*inputs, out)
    return difference(out, expected)


def example(program: str, sizes: list[int], seed: int) -> tuple[tuple, np.ndarray]:
    """Inputs, and the result that NumPy computes from them in float64."""
    book = _program(program)
    inputs = book.arguments(random.Random(seed), *sizes)
    expected = np.zeros(book.shapes(*sizes)[-1], np.float64)
    book.numpy(*[array.astype(np.float64) for array in inputs], expected)
    return inputs, expected


def difference(actual: np.ndarray, expected: np.ndarray) -> str:
    """Empty if the two agree to 1 in 1,000, else in words where they do not."""
    wrong = ~np.isclose(actual, expected, rtol=1e-3, atol=1e-3)
    if not wrong.any():
        return ""
    at = tuple(int(index) for index in np.argwhere(wrong)[0])
    first = f"first at {list(at)}: expected {expected[at]:.4g}, got {actual[at]:.4g}"
    return f"{int(wrong.sum()):,} of {wrong.size:,} results differ, {first}"


# ---- what does it look like? --------------------------------------------------------------------


def intermediates(program: str, sizes: list[int], trace: list) -> dict[str, int]:
    from autograder.check.tvm import look

    return look.intermediates(replayed(program, sizes, trace))


def cuda(program: str, sizes: list[int], trace: list, arch: str) -> dict:
    from autograder.check.tvm import gpu

    return gpu.cuda(replayed(program, sizes, trace), arch)


def opencl_missing(apart: bool) -> str | None:
    """None where OpenCL programs can be run, else why not. `apart`: in a locked-down process."""
    from autograder.check.tvm import gpu

    if apart:
        if "pyopencl" in sys.modules:
            return (
                "OpenCL was in use before this process was forked, and PoCL does not survive that"
            )
        os.environ["POCL_CACHE_DIR"] = os.getcwd()
        # PoCL asks hwloc what machine this is, and hwloc is not allowed to look.
        os.environ["HWLOC_SYNTHETIC"] = "numa:1(memory=2147483648) pu:1"
    return gpu.available()


def opencl(program: str, sizes: list[int], trace: list, seed: int) -> str:
    """Empty if its OpenCL program, on the CPU, computes what NumPy does; else where not."""
    from autograder.check.tvm import gpu

    inputs, expected = example(program, sizes, seed)
    out = empty(expected.shape)
    gpu.run(replayed(program, sizes, trace), inputs, out)
    return difference(out, expected)


# ---- is it fast? --------------------------------------------------------------------------------


def loaded(program: str, sizes: list[int], what: Any) -> Callable[..., np.ndarray]:
    """The function to time, of a trace, "numpy", "unscheduled", or a part by its name."""
    book = _program(program)
    out = empty(book.shapes(*sizes)[-1])
    if what == "numpy":
        without_torch.one_thread()
        function = book.numpy
    elif isinstance(what, list):
        function = compiled(replayed(program, sizes, what))
    else:
        function = compiled(scheduled_by_the_book(program, sizes, what))

    def call(*arrays: np.ndarray) -> np.ndarray:
        function(*arrays, out)
        return out

    return call


def load(program: str, sizes: list[int], what: Any) -> None:
    """In a trusted worker: have `timed` call what is to be timed there."""
    _timed[:] = [loaded(program, sizes, what)]


def timed(*arrays: np.ndarray) -> np.ndarray:
    return _timed[0](*arrays)


def scheduled_by_the_book(program: str, sizes: list[int], what: str) -> Any:
    """The program's module, "unscheduled", or after the part of tern with this name."""
    import tvm.s_tir

    from tern import parts

    schedule = tvm.s_tir.Schedule(_program(program).module(*sizes))
    if what != "unscheduled":
        parts.original(what)(schedule)
    return schedule.mod


def trial(
    program: str, sizes: list[int], trace: list, seed: int, calls: int, fastest: float = math.inf
) -> float:
    """Seconds of this thread for the best call, after a checked one. TraceError: it is wrong.

    There are `calls` of them, or fewer if they take more than TRIAL_SECONDS together, and none if
    the checked one took HOPELESS times as long as the `fastest` candidate so far.
    """
    function = compiled(replayed(program, sizes, trace))
    inputs, expected = example(program, sizes, seed)
    inputs = tuple(_copied(array) for array in inputs)
    out = empty(expected.shape)
    first = _seconds(function, inputs, out)
    if wrong := difference(out, expected):
        raise TraceError(wrong)
    if first > HOPELESS * fastest:
        return first
    seconds: list[float] = []
    while len(seconds) < calls and sum(seconds) < TRIAL_SECONDS:
        seconds.append(_seconds(function, inputs, out))
    return min(seconds)


def _seconds(function: Callable, inputs: tuple, out: np.ndarray) -> float:
    # A process under a limit may see its own clock move in ticks only; a thread's does not.
    start = time.thread_time()
    function(*inputs, out)
    return time.thread_time() - start


def _copied(array: np.ndarray) -> np.ndarray:
    copy = empty(array.shape)
    copy[...] = array
    return copy


def _program(name: str) -> Any:
    from tern.workshop.schedules import PROGRAMS

    return PROGRAMS[name]
