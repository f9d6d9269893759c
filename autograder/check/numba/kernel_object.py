"""The process that makes an object file of a reader's Numba kernel, for counts.py.

It imports Numba and what the exercise needs, gives up its rights as a worker does, and only then
runs the reader's cell.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from autograder.check import jobs
from autograder.worker import sandbox, shortcuts
from autograder.worker.sandbox import landlock

CPU_SECONDS = 60


def compile_job() -> None:
    """In a new process: compile the kernel of job.json into kernel.o, and name its symbol."""
    job = jobs.asked(sys.argv[1])
    import numba
    import numpy

    for module in job["preload"]:
        importlib.import_module(module)
    readable = landlock.readable_roots(frozenset(job["secret"]))
    jobs.lock_down(job, sandbox.Limits(cpu=CPU_SECONDS), readable)
    shortcuts.take_away(tuple(job["forbidden"]))
    try:
        report = _compile(job, numba, numpy)
    except Exception as error:
        print(_one_line(error))
        return
    Path("report.json").write_text(json.dumps(report))


def _compile(job: dict, numba: Any, numpy: Any) -> dict[str, str]:
    names = {
        "numba": numba,
        "njit": numba.njit,
        "prange": numba.prange,
        "numpy": numpy,
        "np": numpy,
    }
    kernel: Any = jobs.function_of(job, names)
    if not hasattr(kernel, "py_func"):
        kernel = numba.njit(kernel)
    types, passed, entry_names = [], [], {"kernel": kernel, "carray": numba.carray}
    for at, (kind, shape, is_array) in enumerate(job["parameters"]):
        scalar = numba.from_dtype(numpy.dtype(kind))
        types.append(numba.types.CPointer(scalar) if is_array else scalar)
        passed.append(f"carray(p{at}, {tuple(shape)})" if is_array else f"p{at}")
    parameters = ", ".join(f"p{at}" for at in range(len(types)))
    exec(f"def entry({parameters}):\n    kernel({', '.join(passed)})", entry_names)
    entry = numba.cfunc(numba.types.void(*types))(entry_names["entry"])
    Path("kernel.o").write_bytes(entry._library._get_compiled_object())
    return {"symbol": entry.native_name}


def _one_line(error: Exception) -> str:
    """The line of Numba's message that says what is wrong, or the error's own first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Failed in nopython mode")] or [""]
    return f"{type(error).__name__}: {lines[0]}"
