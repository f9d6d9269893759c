"""Runs a kernel's machine code under cachegrind, and a program without it: the difference counts.

The program without it is linked without the reader's object file, so that what an object
does before `main` counts, too.
"""

from __future__ import annotations

import re
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.check.numba.layout import C_TYPES, PAGE, CountError, Layout
from autograder.worker.shortcuts import is_symbol
from autograder.worker.system_programs import Expired, read, run_sandboxed

if TYPE_CHECKING:
    import numpy as np

D1 = (32768, 8, 64)  # bytes, ways, bytes of a line
LL = (8388608, 16, 64)
TOLERANCE = 20_000  # instructions by which two programs differ before `main`
NATIVE_SECONDS = 0.05  # of CPU time, for which a kernel is called again and again
COMPILE_SECONDS = 60.0  # wall-clock limit of one step


@dataclass(frozen=True)
class Counts:
    """What one call of a kernel costs. `results` are its array arguments after the call."""

    instructions: int
    reads: int  # instructions that read memory, each counted once whatever its width
    writes: int
    d1_misses: int  # reads and writes that miss the first-level data cache
    ll_misses: int  # of these, the ones that miss the last-level cache as well
    # CPU time without valgrind, which is not as exact; 0 where it was not asked for.
    seconds: float = field(default=0.0, compare=False)
    results: tuple[np.ndarray, ...] = field(default=(), compare=False, repr=False)


DRIVER = """
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
static char arena[{size}] __attribute__((aligned({page})));
static char sweep[2 * {cache}];
#ifdef KERNEL
void kernel({types}) __asm__("{symbol}");
#endif
static void all(int file, int writing) {{
    for (long done = 0, n; done < {size}; done += n) {{
        n = writing ? write(file, arena + done, {size} - done)
                    : read(file, arena + done, {size} - done);
        if (n <= 0) _exit(97);
    }}
}}
static double now(void) {{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}}
int main(int count, char **arguments) {{
    all(open("arguments.bin", O_RDONLY), 0);
    for (volatile char *p = sweep; p < sweep + sizeof sweep; p += 64) (void)*p;
#ifdef KERNEL
    kernel({values});
    if (count == 1) {{
        int calls = 0;
        double start = now(), end;
        do kernel({values}); while (calls++, (end = now()) < start + {seconds});
        dprintf(1, "\\n{token} %.9f\\n", (end - start) / calls);
        _exit(0);
    }}
#endif
    all(open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
    _exit(0);
}}
"""
MISSING_STUB = """
void stub{at}(void) __asm__("{symbol}");
void stub{at}(void) {{ if (write(2, "calls {symbol}\\n", {length}) < 0) {{}} _exit(98); }}
"""


def _driver(layout: Layout, symbol: str, token: str, missing: Sequence[str] = ()) -> str:
    """The C program around the kernel; a call of a `missing` function names it and ends the run.

    What it says itself begins with the token: the kernel writes to the same file.
    """
    types, values = [], []
    for p in layout.parameters:
        pointer = f"{C_TYPES[p.kind]} *"
        types.append(pointer if p.is_array else C_TYPES[p.kind])
        values.append(f"{'' if p.is_array else '*'}({pointer})(arena + {p.offset})")
    text = DRIVER.format(
        size=layout.size,
        page=PAGE,
        cache=LL[0],
        seconds=NATIVE_SECONDS,
        token=token,
        symbol=symbol,
        types=", ".join(types) or "void",
        values=", ".join(values),
    )
    for at, each in enumerate(missing):
        text += MISSING_STUB.format(at=at, symbol=each, length=len(each) + 7)
    return text


def count(
    object_file: bytes,
    symbol: str,
    layout: Layout,
    timeout: float,
    timed: bool = False,
    forbidden: Sequence[str] = (),
) -> Counts:
    with tempfile.TemporaryDirectory(prefix="counts-", ignore_cleanup_errors=True) as folder:
        Path(folder, "kernel.o").write_bytes(object_file)
        Path(folder, "arguments.bin").write_bytes(layout.bytes())
        token = _link(folder, symbol, layout, forbidden)
        without = _cachegrind(folder, "without", timeout)
        with_kernel = _cachegrind(folder, "counted", timeout)
        try:
            results = layout.results(read(folder, "results-counted"))
        except (OSError, ValueError):
            raise CountError("the kernel left no results behind") from None
        seconds = min(_native(folder, timeout, token) for _ in range(3)) if timed else 0.0
    cost = {event: with_kernel[event] - without[event] for event in with_kernel}
    if cost["Ir"] < -TOLERANCE:
        raise CountError("the program runs fewer instructions with the kernel than without it")
    cost = {event: max(0, count) for event, count in cost.items()}
    return Counts(
        instructions=cost["Ir"],
        reads=cost["Dr"],
        writes=cost["Dw"],
        d1_misses=cost["D1mr"] + cost["D1mw"],
        ll_misses=cost["DLmr"] + cost["DLmw"],
        seconds=seconds,
        results=results,
    )


def _link(folder: str, symbol: str, layout: Layout, forbidden: Sequence[str] = ()) -> str:
    """Make `folder`/without, and `folder`/counted with stubs for functions that only Python has.

    Returns the token with which the driver says how long the kernel took. CountError if that calls
    a function of a `forbidden` name.
    """
    token = secrets.token_hex(8)
    gcc = ["gcc", "-O1", "-static", "-Wl,--no-demangle", "driver.c"]

    def linked(missing: list[str], *more: str) -> subprocess.CompletedProcess:
        Path(folder, "driver.c").write_text(_driver(layout, symbol, token, missing))
        return run_sandboxed([*gcc, *more], folder, COMPILE_SECONDS, processes=True)

    with_kernel = ["-DKERNEL", "kernel.o", "-o", "counted"]
    compiler(lambda: linked([], "-o", "without"), "the driver")
    done = compiler(lambda: linked([], *with_kernel), "the driver")
    for called in _undefined(done):  # before the mathematical library is there
        if is_symbol(called, forbidden):
            raise CountError(f"the kernel calls {called}, a short cut that this exercise forbids")
    with_kernel.insert(2, "-lm")
    if done.returncode:
        done = compiler(lambda: linked([], *with_kernel), "the driver")
    missing = _undefined(done)
    if missing and symbol not in missing:
        done = compiler(lambda: linked(missing, *with_kernel), "the driver")
        missing = []
    if symbol in missing:
        raise CountError(f"the source defines no function {symbol}")
    if done.returncode:
        raise CountError(f"the kernel cannot be linked: {last_line(done)}")
    return token


def _undefined(done: subprocess.CompletedProcess) -> list[str]:
    """The functions that a linker has looked for in vain."""
    return sorted(set(re.findall(r"undefined reference to `([\w.$]+)'", done.stdout)))


def _cachegrind(folder: str, program: str, timeout: float) -> dict[str, int]:
    """The events of one run: Ir, Dr, Dw (instructions, reads, writes), D1mr, DLmw (misses), …"""
    caches = {"D1": D1, "I1": D1, "LL": LL}
    shape = [f"--{name}={','.join(map(str, cache))}" for name, cache in caches.items()]
    out, results = f"events-{program}", f"results-{program}"
    command = [
        "valgrind",
        "--command-line-only=yes",
        "--tool=cachegrind",
        "--cache-sim=yes",
        *shape,
    ]
    command += ["--vgdb=no", "--quiet", f"--cachegrind-out-file={out}", f"./{program}", results]
    try:
        done = run_sandboxed(command, folder, timeout)
    except Expired:
        raise CountError(
            f"the kernel was still running under valgrind after {timeout:g} s"
        ) from None
    if done.returncode == 98 and (found := re.search(r"calls ([\w.$]+)", done.stdout)):
        raise CountError(_why_not(found[1]))
    if done.returncode:
        raise CountError(f"the kernel failed while it was counted: {_ended(done)}")
    try:
        text = read(folder, out).decode()
        found = dict(re.findall(r"^(events|summary): (.*)$", text, re.M))
        names, summary = found["events"].split(), found["summary"].split()
        return dict(zip(names, map(int, summary), strict=True))
    except (OSError, KeyError, ValueError):
        raise CountError(f"cachegrind wrote no counts: {last_line(done)}") from None


def _native(folder: str, timeout: float, token: str) -> float:
    """CPU seconds of a call of the kernel that was counted, on this machine and warm."""
    try:
        done = run_sandboxed(["./counted"], folder, timeout)
    except Expired:
        raise CountError(f"the kernel was still running after {timeout:g} s") from None
    if done.returncode or not (found := re.search(rf"^{token} ([\d.]+)$", done.stdout, re.M)):
        raise CountError(f"the kernel failed while it was timed: {_ended(done)}")
    return float(found[1])


THREADS = "get_num_threads get_thread_id get_parallel_chunksize set_parallel_chunksize".split()


def _why_not(called: str) -> str:
    """Why a kernel that calls this function of Numba's cannot be counted."""
    if called in THREADS or "gufunc" in called or called.startswith("parallel"):
        return "a countable kernel runs in one thread, but this one starts several: parallel=True"
    return f"a countable kernel allocates no array and raises nothing, but this one calls {called}"


def _ended(done: subprocess.CompletedProcess) -> str:
    """How a process that failed ended, in words."""
    if found := re.search(r"with default action of signal \d+ \((\w+)\)", done.stdout):
        return f"it was ended by {found[1]}"
    if done.returncode < 0:
        return f"it was ended by {signal.Signals(-done.returncode).name}"
    return f"exit code {done.returncode}: {last_line(done)}"


def last_line(done: subprocess.CompletedProcess) -> str:
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return lines[-1][:300] if lines else f"exit code {done.returncode}"


def compiler(
    step: Callable[[], subprocess.CompletedProcess], what: str
) -> subprocess.CompletedProcess:
    try:
        return step()
    except Expired as error:
        raise CountError(f"{what} does not compile: {error}") from None
