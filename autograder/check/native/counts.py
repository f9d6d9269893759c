"""Verdicts that are counted: instructions and cache misses, the same on every run and machine.

A kernel is compiled for one fixed processor (Haswell), linked with a small driver in C, and run under
valgrind's cachegrind with one fixed cache. The same program runs twice, the second time with the call
of the kernel: the difference is the kernel's cost. Nethercote & Seward, "Valgrind: a framework for
heavyweight dynamic binary instrumentation", PLDI 2007.

The kernel is a reader's, so no step trusts it. Numba runs the reader's cell in a process that has
locked itself down as a worker does (sandbox.py); only the bytes of the object file leave it. Compiler,
linker and valgrind start in a process that sees the system's libraries and one temporary folder, and
nothing else; under valgrind there are no new processes and no sockets either. Machine code could
still reach for valgrind's own memory and write counts of its choice there: what is guarded is the
machine and the solutions, and the results are there to be checked.
"""

from __future__ import annotations

import functools
import inspect
import json
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.worker.confined import Expired, python, read, run, run_sandboxed

if TYPE_CHECKING:
    import numpy as np

CPU = "haswell"  # valgrind knows no AVX-512
D1 = (32768, 8, 64)  # bytes, ways, bytes of a line
LL = (8388608, 16, 64)
COMPILE_SECONDS, RUN_SECONDS = 60.0, 60.0  # wall-clock limits of one step
MAX_BYTES = 1 << 26  # of all arguments together
PAGE = 4096
C_FLAGS = ("-O2", f"-march={CPU}", "-fno-loop-interchange")
C_TYPES = {
    "float32": "float",
    "float64": "double",
    "bool": "_Bool",
    **{f"int{bits}": f"__INT{bits}_TYPE__" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"__UINT{bits}_TYPE__" for bits in (8, 16, 32, 64)},
}


class CountError(Exception):
    """There are no counts, and why: one line."""


@dataclass(frozen=True)
class Counts:
    """What one call of a kernel costs. `results` are its array arguments after the call."""

    instructions: int
    reads: int  # instructions that read memory, each counted once whatever its width
    writes: int
    d1_misses: int  # reads and writes that miss the first-level data cache
    ll_misses: int  # of these, the ones that miss the last-level cache as well
    results: tuple[np.ndarray, ...] = field(default=(), compare=False, repr=False)


@functools.cache
def available() -> str | None:
    """None where counting works; otherwise why not, in one line."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return f"counting needs Linux on x86-64, not {platform.system()} on {platform.machine()}"
    for program, package in (("valgrind", "valgrind"), ("gcc", "gcc")):
        if shutil.which(program, path="/usr/bin:/bin") is None:
            return f"counting needs {program}: sudo apt install {package}"
    flags = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    missing = {"avx2", "fma", "bmi2"} - set(flags[1].split() if flags else ())
    if missing:
        return f"counting needs a processor with {', '.join(sorted(missing))}"
    return None


# ---- what is counted ----------------------------------------------------------------------------


def count_numba(
    kernel: Callable | str,
    arguments: Sequence[Any],
    name: str | None = None,
    secret: frozenset[str] = frozenset(),
    timeout: float = RUN_SECONDS,
    preload: Sequence[str] = (),
    off: Sequence[str] = (),
) -> Counts:
    """The cost of `kernel(*arguments)` when Numba compiles it for Haswell.

    `kernel` is a function or the source text that defines `name`, for example a notebook's cell
    with the helpers and imports that the function needs (`numpy`, `np`, `numba`, `njit` and
    `prange` are there already). What makes a kernel countable:

    - it writes its results into array arguments, allocates no array and raises nothing:
      `def matmul(A, B, C): for i in range(C.shape[0]): …`, with @njit or without;
    - its arguments are C-contiguous NumPy arrays (bool, 8 to 64-bit integers, float32, float64)
      and numbers (int counts as int64, float as float64). It sees their values; the arrays given
      here do not change, `Counts.results` holds what became of them.

    The shapes are constants to the compiler, the arrays follow each other in memory from page to
    page, and the caches hold none of them at the start. `secret` holds files and folders that the
    kernel's source may not read; modules to `preload` are imported before, and the parts in
    `off` are switched off. Takes two seconds and about a hundred times the kernel's own
    time. CountError if counting is unavailable, or the kernel does not compile, fails, or exceeds
    its limits.
    """
    _require()
    source, name = _source_of(kernel, name)
    layout = _Layout(arguments)
    with tempfile.TemporaryDirectory(prefix="counts-", ignore_cleanup_errors=True) as folder:
        job = {
            "source": source,
            "name": name,
            "parameters": [(p.kind, list(p.shape), p.is_array) for p in layout.parameters],
            "secret": sorted(secret),
            "preload": list(preload),
            "off": list(off),
        }
        Path(folder, "job.json").write_text(json.dumps(job))
        command = python("check.native.kernel_object", "compile_job", "job.json")
        settings = {
            "NUMBA_CPU_NAME": CPU,
            "NUMBA_CPU_FEATURES": "",  # what Haswell has, whatever this machine has
            "NUMBA_CACHE_DIR": folder,
        }
        done = _compiler(lambda: run(command, folder, COMPILE_SECONDS, settings), name)
        try:
            symbol = json.loads(read(folder, "report.json"))["symbol"]
            object_file = read(folder, "kernel.o")
        except (OSError, ValueError, KeyError, TypeError):
            raise CountError(f"{name} does not compile: {_last_line(done)}") from None
    if not isinstance(symbol, str) or not re.fullmatch(r"[\w.$]+", symbol, re.ASCII):
        raise CountError(f"{name} does not compile: its object file has no proper symbol")
    return _count(object_file, symbol, layout, timeout)


def count_c(
    source: str,
    name: str,
    arguments: Sequence[Any],
    flags: Sequence[str] = C_FLAGS,
    language: str = "c",
    timeout: float = RUN_SECONDS,
) -> Counts:
    """The cost of the C function `void name(…)`, compiled by gcc on its own with these flags.

    Arguments, results and errors are as for `count_numba`: an array arrives as a pointer to its
    first element, a number by value, in the type of its dtype. With `language="c++"` the function
    must be declared `extern "C"`.
    """
    _require()
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) or name in (
        "main",
        "arena",
        "sweep",
        "all",
    ):
        raise CountError(f"{name!r} is not the name of a C function")
    if language not in ("c", "c++"):
        raise CountError(f'the language is "c" or "c++", not {language!r}')
    layout = _Layout(arguments)
    with tempfile.TemporaryDirectory(prefix="counts-", ignore_cleanup_errors=True) as folder:
        Path(folder, "kernel.src").write_text(source)
        command = ["gcc", *flags, "-x", language, "-c", "kernel.src", "-o", "kernel.o"]
        done = _compiler(
            lambda: run_sandboxed(command, folder, COMPILE_SECONDS, processes=True), name
        )
        if done.returncode:
            found = re.search(
                r"^(\S+):(\d+):\d+: (?:fatal )?error: (.*)", done.stdout, re.MULTILINE
            )
            where = "" if not found or found[1] == "kernel.src" else f"{found[1]}, "
            why = f"{where}line {found[2]}: {found[3]}" if found else _last_line(done)
            raise CountError(f"{name} does not compile: {why}")
        object_file = read(folder, "kernel.o")
    return _count(object_file, name, layout, timeout)


def _require() -> None:
    if (why := available()) is not None:
        raise CountError(why)


def _compiler(
    step: Callable[[], subprocess.CompletedProcess], what: str
) -> subprocess.CompletedProcess:
    try:
        return step()
    except Expired as error:
        raise CountError(f"{what} does not compile: {error}") from None


def _source_of(kernel: Callable | str, name: str | None) -> tuple[str, str]:
    if isinstance(kernel, str):
        if not name:
            raise CountError("the source of a kernel needs the kernel's name beside it")
        return kernel, name
    function = getattr(kernel, "py_func", kernel)  # of what @njit has made
    try:
        return "\n\n".join(_texts(function, {})), name or function.__name__
    except (OSError, TypeError):
        raise CountError(f"the source of {kernel!r} is not known: give it as a string") from None


def _texts(function: Any, texts: dict[str, str]) -> list[str]:
    """The text of a function, and of the compiled functions and plain constants that it names."""
    texts[function.__name__] = textwrap.dedent(inspect.getsource(function))
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if name not in texts and type(value) in (int, float, bool, tuple):
            texts[name] = f"{name} = {value!r}"
        elif name not in texts and hasattr(value, "py_func"):
            _texts(value.py_func, texts)
    return list(texts.values())


@dataclass(frozen=True)
class _Parameter:
    value: np.ndarray
    is_array: bool
    offset: int  # bytes from the arena's start

    @property
    def kind(self) -> str:
        return self.value.dtype.name

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape


class _Layout:
    """Where each argument lies in the arena: one after the other, each from a new page."""

    def __init__(self, arguments: Sequence[Any]):
        import numpy as np

        self.parameters: list[_Parameter] = []
        self.size = PAGE
        for at, argument in enumerate(arguments):
            is_array = isinstance(argument, np.ndarray)
            if not is_array and not isinstance(argument, (int, float, np.number, np.bool_)):
                raise CountError(
                    f"argument {at} is neither an array nor a number: {argument!r:.60}"
                )
            try:
                value = np.asarray(argument, np.int64 if type(argument) is int else None)
            except OverflowError:
                raise CountError(f"argument {at} does not fit in 64 bits: {argument}") from None
            if value.dtype.name not in C_TYPES or not value.dtype.isnative:
                raise CountError(
                    f"argument {at} has the dtype {value.dtype}, which has no C type here"
                )
            if not value.flags.c_contiguous:
                raise CountError(f"argument {at} is not C-contiguous")
            offset = self.size - PAGE
            self.parameters.append(_Parameter(value, is_array, offset))
            self.size += max(1, -(-value.nbytes // PAGE)) * PAGE
        if self.size > MAX_BYTES:
            raise CountError(
                f"the arguments take {self.size:,} bytes; at most {MAX_BYTES:,} are allowed"
            )

    def bytes(self) -> bytearray:
        arena = bytearray(self.size)
        for p in self.parameters:
            arena[p.offset : p.offset + p.value.nbytes] = p.value.tobytes()
        return arena

    def results(self, arena: bytes) -> tuple[np.ndarray, ...]:
        import numpy as np

        return tuple(
            np.frombuffer(arena, p.value.dtype, p.value.size, p.offset).reshape(p.shape).copy()
            for p in self.parameters
            if p.is_array
        )


# ---- link, run, subtract ------------------------------------------------------------------------

DRIVER = """
#include <fcntl.h>
#include <unistd.h>
static char arena[{size}] __attribute__((aligned({page})));
static char sweep[2 * {cache}];
void kernel({types}) __asm__("{symbol}");
static void all(int file, int writing) {{
    for (long done = 0, n; done < {size}; done += n) {{
        n = writing ? write(file, arena + done, {size} - done) : read(file, arena + done, {size} - done);
        if (n <= 0) _exit(97);
    }}
}}
int main(int count, char **arguments) {{
    all(open("arguments.bin", O_RDONLY), 0);
    for (volatile char *p = sweep; p < sweep + sizeof sweep; p += 64) (void)*p;
    if (arguments[1][8] == '1') kernel({values});  /* results-1 */
    all(open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
    _exit(0);
}}
"""
MISSING_STUB = """
void stub{at}(void) __asm__("{symbol}");
void stub{at}(void) {{ if (write(2, "calls {symbol}\\n", {length}) < 0) {{}} _exit(98); }}
"""


def _driver(layout: _Layout, symbol: str, missing: Sequence[str] = ()) -> str:
    """The C program around the kernel; a call of a `missing` function names it and ends the run."""
    types, values = [], []
    for p in layout.parameters:
        pointer = f"{C_TYPES[p.kind]} *"
        types.append(pointer if p.is_array else C_TYPES[p.kind])
        values.append(f"{'' if p.is_array else '*'}({pointer})(arena + {p.offset})")
    text = DRIVER.format(
        size=layout.size,
        page=PAGE,
        cache=LL[0],
        symbol=symbol,
        types=", ".join(types) or "void",
        values=", ".join(values),
    )
    for at, each in enumerate(missing):
        text += MISSING_STUB.format(at=at, symbol=each, length=len(each) + 7)
    return text


def _count(object_file: bytes, symbol: str, layout: _Layout, timeout: float) -> Counts:
    with tempfile.TemporaryDirectory(prefix="counts-", ignore_cleanup_errors=True) as folder:
        Path(folder, "kernel.o").write_bytes(object_file)
        Path(folder, "arguments.bin").write_bytes(layout.bytes())
        _link(folder, symbol, layout)
        before = _cachegrind(folder, False, timeout)
        after = _cachegrind(folder, True, timeout)
        try:
            results = layout.results(read(folder, "results-1"))
        except (OSError, ValueError):
            raise CountError("the kernel left no results behind") from None
    cost = {event: after[event] - before[event] for event in after}
    return Counts(
        instructions=cost["Ir"],
        reads=cost["Dr"],
        writes=cost["Dw"],
        d1_misses=cost["D1mr"] + cost["D1mw"],
        ll_misses=cost["DLmr"] + cost["DLmw"],
        results=results,
    )


def _link(folder: str, symbol: str, layout: _Layout) -> None:
    """Make `folder`/counted, with stubs for functions that exist only inside Python."""
    missing: list[str] = []
    for _ in range(2):
        Path(folder, "driver.c").write_text(_driver(layout, symbol, missing))
        command = ["gcc", "-O1", "-static", "-Wl,--no-demangle", "driver.c", "kernel.o"]
        command += ["-lm", "-o", "counted"]
        done = _compiler(
            lambda: run_sandboxed(command, folder, COMPILE_SECONDS, processes=True), "the driver"
        )
        if done.returncode == 0:
            return
        missing = sorted(set(re.findall(r"undefined reference to `([\w.$]+)'", done.stdout)))
        if not missing or symbol in missing:
            break
    if symbol in missing:
        raise CountError(f"the source defines no function {symbol}")
    raise CountError(f"the kernel cannot be linked: {_last_line(done)}")


def _cachegrind(folder: str, call: bool, timeout: float) -> dict[str, int]:
    """The events of one run: Ir, Dr, Dw (instructions, reads, writes), D1mr, DLmw (misses), …"""
    caches = {"D1": D1, "I1": D1, "LL": LL}
    shape = [f"--{name}={','.join(map(str, cache))}" for name, cache in caches.items()]
    out, results = f"events-{int(call)}", f"results-{int(call)}"
    command = [
        "valgrind",
        "--command-line-only=yes",
        "--tool=cachegrind",
        "--cache-sim=yes",
        *shape,
    ]
    command += ["--vgdb=no", "--quiet", f"--cachegrind-out-file={out}", "./counted", results]
    try:
        done = run_sandboxed(command, folder, timeout)
    except Expired:
        raise CountError(
            f"the kernel was still running under valgrind after {timeout:g} s"
        ) from None
    if done.returncode == 98 and (found := re.search(r"calls ([\w.$]+)", done.stdout)):
        raise CountError(
            f"a countable kernel allocates no array and raises nothing, but this one calls {found[1]}"
        )
    if done.returncode:
        raise CountError(f"the kernel failed while it was counted: {_ended(done)}")
    try:
        text = read(folder, out).decode()
        names, summary = (
            re.search(rf"^{key}: (.*)$", text, re.M)[1] for key in ("events", "summary")
        )
        return dict(zip(names.split(), map(int, summary.split()), strict=True))
    except (OSError, TypeError, ValueError):
        raise CountError(f"cachegrind wrote no counts: {_last_line(done)}") from None


def _ended(done: subprocess.CompletedProcess) -> str:
    """How a process that failed ended, in words."""
    if found := re.search(r"with default action of signal \d+ \((\w+)\)", done.stdout):
        return f"it was ended by {found[1]}"
    if done.returncode < 0:
        return f"it was ended by {signal.Signals(-done.returncode).name}"
    return f"exit code {done.returncode}: {_last_line(done)}"


def _last_line(done: subprocess.CompletedProcess) -> str:
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return lines[-1][:300] if lines else f"exit code {done.returncode}"
