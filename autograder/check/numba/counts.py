"""Verdicts that are counted: instructions and cache misses, the same on every run and machine.

A kernel is compiled for one fixed processor (Haswell), linked with a small driver in C, and run
under valgrind's cachegrind with one fixed cache. The same program runs twice, the second time with
the call of the kernel: the difference is the kernel's cost. Nethercote & Seward, "Valgrind: a
framework for heavyweight dynamic binary instrumentation", PLDI 2007.

The kernel is a reader's, so no step trusts it. Numba runs the reader's cell in a process that has
locked itself down as a worker does (sandbox.py); only the bytes of the object file leave it.
Compiler, linker and valgrind start in a process that sees the system's libraries and one temporary
folder, and nothing else; under valgrind there are no new processes and no sockets either. Machine
code could still reach for valgrind's own memory and write counts of its choice there: what is
guarded is the machine and the solutions, and the results are there to be checked.
"""

from __future__ import annotations

import functools
import inspect
import json
import math
import platform
import re
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from autograder.check.numba.cachegrind import COMPILE_SECONDS, Counts, compiler, count, last_line
from autograder.check.numba.layout import CountError, Layout
from autograder.worker.cells import Cell
from autograder.worker.system_programs import python, read, run, run_sandboxed

CPU = "haswell"  # valgrind knows no AVX-512
RUN_SECONDS = 60.0  # wall-clock limit of counting once
C_FLAGS = ("-O2", f"-march={CPU}", "-fno-loop-interchange")


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
    kernel: Callable | str | Sequence[Cell],
    arguments: Sequence[Any],
    name: str | None = None,
    secret: frozenset[str] = frozenset(),
    timeout: float = RUN_SECONDS,
    preload: Sequence[str] = (),
    off: Sequence[str] = (),
    forbidden: Sequence[str] = (),
) -> Counts:
    """The cost of `kernel(*arguments)` when Numba compiles it for Haswell.

    `kernel` is a function, or the source text that defines `name`, or a notebook's cells that do;
    `numpy`, `np`, `numba`, `njit` and `prange` are there already. Cells run one by one, whatever
    becomes of the one before. What makes a kernel countable:

    - it writes its results into array arguments, allocates no array and raises nothing:
      `def matmul(A, B, C): for i in range(C.shape[0]): …`, with @njit or without;
    - its arguments are C-contiguous NumPy arrays (bool, 8 to 64-bit integers, float32, float64)
      and numbers (int counts as int64, float as float64). It sees their values; the arrays given
      here do not change, `Counts.results` holds what became of them.

    The shapes are constants to the compiler, the arrays follow each other in memory from page to
    page, and the caches hold none of them at the start. `secret` holds files and folders that the
    kernel's source may not read; modules to `preload` are imported before, and the parts in
    `off` are switched off. The short cuts `forbidden` are closed, and so are the functions of
    these names that a library has. Takes two seconds and about a hundred times the kernel's own
    time. CountError if counting is unavailable, or the kernel does not compile, fails, or exceeds
    its limits.
    """
    _require()
    cells, name = _cells_of(kernel, name)
    layout = Layout(arguments)
    with tempfile.TemporaryDirectory(prefix="counts-", ignore_cleanup_errors=True) as folder:
        job = {
            "cells": cells,
            "name": name,
            "parameters": [(p.kind, list(p.shape), p.is_array) for p in layout.parameters],
            "secret": sorted(secret),
            "preload": list(preload),
            "off": list(off),
            "forbidden": list(forbidden),
        }
        Path(folder, "job.json").write_text(json.dumps(job))
        command = python("check.numba.kernel_object", "compile_job", "job.json")
        settings = {
            "NUMBA_CPU_NAME": CPU,
            "NUMBA_CPU_FEATURES": "",  # what Haswell has, whatever this machine has
            "NUMBA_CACHE_DIR": folder,
        }
        done = compiler(lambda: run(command, folder, COMPILE_SECONDS, settings), name)
        try:
            symbol = json.loads(read(folder, "report.json"))["symbol"]
            object_file = read(folder, "kernel.o")
        except (OSError, ValueError, KeyError, TypeError):
            raise CountError(f"{name} does not compile: {last_line(done)}") from None
    if not isinstance(symbol, str) or not re.fullmatch(r"[\w.$]+", symbol, re.ASCII):
        raise CountError(f"{name} does not compile: its object file has no proper symbol")
    return count(object_file, symbol, layout, timeout, timed=True, forbidden=forbidden)


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
    layout = Layout(arguments)
    with tempfile.TemporaryDirectory(prefix="counts-", ignore_cleanup_errors=True) as folder:
        Path(folder, "kernel.src").write_text(source)
        command = ["gcc", *flags, "-x", language, "-c", "kernel.src", "-o", "kernel.o"]
        done = compiler(
            lambda: run_sandboxed(command, folder, COMPILE_SECONDS, processes=True), name
        )
        if done.returncode:
            found = re.search(
                r"^(\S+):(\d+):\d+: (?:fatal )?error: (.*)", done.stdout, re.MULTILINE
            )
            where = "" if not found or found[1] == "kernel.src" else f"{found[1]}, "
            why = f"{where}line {found[2]}: {found[3]}" if found else last_line(done)
            raise CountError(f"{name} does not compile: {why}")
        object_file = read(folder, "kernel.o")
    return count(object_file, name, layout, timeout)


def _require() -> None:
    if (why := available()) is not None:
        raise CountError(why)


def _cells_of(kernel: Callable | str | Sequence[Cell], name: str | None) -> tuple[list[Cell], str]:
    if not callable(kernel):
        if not name:
            raise CountError("the source of a kernel needs the kernel's name beside it")
        return [{"id": "cell", "source": kernel}] if isinstance(kernel, str) else [*kernel], name
    function = getattr(kernel, "py_func", kernel)  # of what @njit has made
    try:
        source = "\n\n".join(_texts(function, {}))
        return [{"id": "cell", "source": source}], name or function.__name__
    except (OSError, TypeError):
        raise CountError(f"the source of {kernel!r} is not known: give it as a string") from None


def _texts(function: Any, texts: dict[str, str]) -> list[str]:
    """The text of a function, and of the compiled functions and plain constants that it names."""
    texts[function.__name__] = textwrap.dedent(inspect.getsource(function))
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if name not in texts and type(value) in (int, float, bool, tuple):
            texts[name] = f"{name} = {_constant(value)}"
        elif name not in texts and hasattr(value, "dtype") and getattr(value, "shape", None) == ():
            texts[name] = f"{name} = np.{value.dtype}({_constant(value.item())})"
        elif name not in texts and hasattr(value, "py_func"):
            _texts(value.py_func, texts)
    return list(texts.values())


def _constant(value: Any) -> str:
    """A number, or a tuple of these, as Python: infinities and NaN have no literals."""
    if isinstance(value, tuple):
        return "".join(["(", *(f"{_constant(each)}, " for each in value), ")"])
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)
