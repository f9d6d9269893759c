"""A launcher that comes as source text: measured and compiled, in a process given up afterwards.

Tensors come and go as plain data: [dtype, shape] in JSON, and their bytes in one file.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from autograder.check.triton.plain import to_plain

ASSEMBLY = ("ptx", "amdgcn")
MAX_VALUES, MAX_AXES, MAX_SIZE = 256, 8, 1 << 31  # of what a process hands back
DTYPES = """float16 bfloat16 float32 float64 bool uint8 int8 int16 int32 int64
float8_e4m3fn float8_e5m2""".split()


def prepare(job: dict) -> None:
    """Import and warm up, before the process gives up its rights, what `perform` needs."""
    import torch

    from tern.gpu import builder, front, interpret, meter, offline  # noqa: F401

    torch.set_num_threads(1)  # a fork does not have the threads that its parent may have started
    offline.import_all()
    front.prepare([*job["devices"], front.LATEST], job["folder"])


def perform(job: dict, launcher_of: Callable[[dict], Callable]) -> dict:
    """Measure the launcher that `launcher_of` finds for a job, and compile what it launches.

    job["calls"] are the arguments of one or more calls, job["programs"] how many programs of a
    launch run at most in each. The reply holds lists "traffic", "results" (bytes in the file
    results.bin: the results of a call, then which of their elements are settled), and "fronts",
    the first call's, of each of job["devices"]; or "error". All calls are over before the first
    call's results are looked at.
    """
    from tern.gpu.front import Compiler
    from tern.gpu.meter import measure

    folder = Path(job["folder"])
    calls = unpack_calls(job["calls"], (folder / "arguments.bin").read_bytes())
    try:
        launcher, found = launcher_of(job), []
        compilers = [Compiler(job["devices"] if not n else (), job["folder"]) for n in range(2)]
        for number, (arguments, programs) in enumerate(zip(calls, job["programs"], strict=True)):
            compiler = compilers[min(number, 1)]
            found.append(measure(launcher, *arguments, max_programs=programs, compiler=compiler))
    except Exception as error:
        line = (str(error).strip() or "no message").splitlines()[0]
        return {"error": f"{type(error).__name__}: {line}", "where": _where(error)}
    described, data = pack_calls([[*each.results, *each.settled] for each in found])
    (folder / "results.bin").write_bytes(data)
    fronts = {device: list(map(_short, each)) for device, each in compilers[0].fronts.items()}
    return {"traffic": [to_plain(t) for t in found], "results": described, "fronts": fronts}


def _short(front: dict) -> dict:
    """Of what front.py made of a kernel, what an assembler needs."""
    texts = {level: text for level, text in front.get("texts", {}).items() if level in ASSEMBLY}
    return {**front, "texts": texts} if texts else front


def _where(error: Exception) -> list:
    """The innermost place in a cell: [[file, line, text, function]], or nothing."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [each for each in frames if each.filename.startswith("<") and each.line]
    return [
        [each.filename.strip("<>"), each.lineno, each.line or "", each.name] for each in found[-1:]
    ]


# ---- tensors as plain data -----------------------------------------------------------------------


def pack(values: Sequence[Any]) -> tuple[list, bytes]:
    """Tensors, NumPy arrays and numbers as plain data. TypeError for anything else."""
    import numpy as np
    import torch

    described, parts = [], []
    for value in values:
        if isinstance(value, np.ndarray):
            value = torch.from_numpy(np.ascontiguousarray(value))
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu().contiguous()
            described.append([str(value.dtype).removeprefix("torch."), list(value.shape)])
            parts.append(value.reshape(-1).view(torch.uint8).numpy().tobytes())
        elif type(value) in (int, float, bool) or value is None:
            described.append(value)
        else:
            raise TypeError(f"neither a tensor nor a number: {value!r:.60}")
    return described, b"".join(parts)


def pack_calls(calls: Sequence[Sequence[Any]]) -> tuple[list, bytes]:
    """The values of several calls: a description of each, and the bytes of all."""
    described, data = pack([value for call in calls for value in call])
    found = iter(described)
    return [[next(found) for _ in call] for call in calls], data


def unpack_calls(described: Any, data: bytes) -> list[list]:
    """What `pack_calls` packed, in new memory. ValueError if the two do not fit each other."""
    if type(described) is not list or any(type(call) is not list for call in described):
        raise ValueError("no list of calls")
    values = iter(unpack([value for call in described for value in call], data))
    return [[next(values) for _ in call] for call in described]


def unpack(described: Any, data: bytes) -> list:
    """What `pack` packed, in new memory. ValueError if the two do not fit each other."""
    import torch

    values, at = [], 0
    if type(described) is not list or len(described) > MAX_VALUES:
        raise ValueError(f"no list of at most {MAX_VALUES} values")
    for each in described:
        if type(each) is not list:
            if type(each) not in (int, float, bool, type(None)):
                raise ValueError(f"neither a tensor nor a number: {each!r:.60}")
            values.append(each)
            continue
        if len(each) != 2 or each[0] not in DTYPES or type(each[1]) is not list:
            raise ValueError(f"no tensor: {str(each)[:60]}")
        dtype, shape = getattr(torch, each[0]), each[1]
        sizes = [size for size in shape[: MAX_AXES + 1] if type(size) is int]
        if len(sizes) != len(shape) or len(shape) > MAX_AXES or max([0, *sizes]) > MAX_SIZE:
            raise ValueError(f"no shape: {str(shape[:9])[:60]}")
        if min([0, *sizes]) < 0:
            raise ValueError(f"no shape: {str(shape)[:60]}")
        size = math.prod(shape) * dtype.itemsize
        if at + size > len(data):
            raise ValueError("too few bytes for the tensors")
        buffer = torch.empty(size, dtype=torch.uint8)
        if size:
            buffer[:] = torch.frombuffer(bytearray(data[at : at + size]), dtype=torch.uint8)
        values.append(buffer.view(dtype).reshape(shape))
        at += size
    return values
