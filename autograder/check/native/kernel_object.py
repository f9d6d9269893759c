"""The process that makes an object file of a reader's Numba kernel, for counts.py.

It imports Numba and what the exercise needs, gives up its rights as a worker does, and only then
runs the reader's cell.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from autograder.worker import landlock, sandbox, seccomp

CPU_SECONDS = 60


def compile_job() -> None:
    """In a new process: compile the kernel of job.json into kernel.o, and name its symbol."""
    job = json.loads(Path(sys.argv[1]).read_text())
    import numba
    import numpy

    from autograder.worker.parts import switch_off

    for module in job["preload"]:
        importlib.import_module(module)
    for part in job["off"]:
        switch_off(part)
    secret = frozenset(job["secret"])
    sandbox.limit_resources(sandbox.Limits(cpu=CPU_SECONDS))
    landlock.lock_files(landlock.readable_roots(secret), [os.getcwd(), "/dev/null"])
    seccomp.lock_calls()
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
    cell = Path("cell.py").resolve()
    cell.write_text(job["source"])
    exec(compile(job["source"], str(cell), "exec"), names)
    if not callable(kernel := names.get(job["name"])):
        raise NameError(f"the source defines no function {job['name']}")
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
