"""A launcher that comes as source text: measured or compiled, in a process given up afterwards.

Tensors come and go as plain data: [dtype, shape] in JSON, and their bytes in one file.
"""

from __future__ import annotations

import itertools
import linecache
import math
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tern.gpu.traffic import to_plain

DTYPES = """float16 bfloat16 float32 float64 bool uint8 int8 int16 int32 int64
float8_e4m3fn float8_e5m2""".split()
_numbers = itertools.count()


def prepare(job: dict) -> None:
    """Import and warm up, before the process gives up its rights, what `perform` needs."""
    import torch

    from tern.gpu import builder, interpret, meter, offline  # noqa: F401

    torch.set_num_threads(1)  # a fork does not have the threads that its parent may have started
    offline.import_all()
    if job["device"]:
        from tern.gpu.front import prepare as prepare_front

        prepare_front(job["device"], job["folder"])


def perform(job: dict) -> dict:
    """Measure the launcher job["name"] of job["cells"], or compile it for job["device"].

    job["calls"] are the arguments of one or more calls; a compilation takes the first. The reply
    holds lists "traffic" and "results" (bytes in the file results.bin), or "fronts", or "error".
    """
    folder = Path(job["folder"])
    calls = unpack_calls(job["calls"], (folder / "arguments.bin").read_bytes())
    try:
        launcher = load(job["cells"], job["name"], folder)
        if job["device"]:
            from tern.gpu.front import compile_front

            return {"fronts": compile_front(job["device"], launcher, calls[0], job["folder"])}
        from tern.gpu.meter import measure

        found = [measure(launcher, *arguments, **job["how"]) for arguments in calls]
    except Exception as error:
        line = (str(error).strip() or "no message").splitlines()[0]
        return {"error": f"{type(error).__name__}: {line}", "where": _where(error, folder)}
    described, data = pack_calls([each.results for each in found])
    (folder / "results.bin").write_bytes(data)
    return {"traffic": [to_plain(each) for each in found], "results": described}


def load(cells: Sequence[dict], name: str, folder: Path) -> Callable:
    """Run the cells in one namespace, each from a file of its own, as @triton.jit needs.

    A cell that raises is passed over, for it may only try something out on a GPU; unless then there
    is no launcher.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    raised: Exception = NameError(f"the cells define no function {name}")
    for cell in cells:
        file = folder / cell["id"].replace("/", "_")
        file.write_text(cell["source"])
        try:
            exec(compile(cell["source"], str(file), "exec"), names)
        except Exception as error:
            raised = error
    if not callable(launcher := names.get(name)):
        raise raised
    return launcher


def load_text(source: str, name: str) -> Callable:
    """The function `name` that a source text defines. Its kernels are found in linecache."""
    file = f"<emitted {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    names: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(source, file, "exec"), names)
    return names[name]


def _where(error: Exception, folder: Path) -> list:
    """The innermost location in the cells: [[file, line, "", function]], or nothing."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [each for each in frames if Path(each.filename).parent == folder]
    return [
        [Path(each.filename).name, each.lineno, each.line or "", each.name] for each in found[-1:]
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
    if type(described) is not list:
        raise ValueError("no list of values")
    for each in described:
        if type(each) is not list:
            if type(each) not in (int, float, bool, type(None)):
                raise ValueError(f"neither a tensor nor a number: {each!r:.60}")
            values.append(each)
            continue
        if len(each) != 2 or each[0] not in DTYPES or type(each[1]) is not list:
            raise ValueError(f"no tensor: {each!r:.60}")
        dtype, shape = getattr(torch, each[0]), each[1]
        if any(type(size) is not int or size < 0 for size in shape):
            raise ValueError(f"no shape: {shape!r:.60}")
        size = math.prod(shape) * dtype.itemsize
        if at + size > len(data):
            raise ValueError("too few bytes for the tensors")
        buffer = torch.empty(size, dtype=torch.uint8)
        if size:
            buffer[:] = torch.frombuffer(bytearray(data[at : at + size]), dtype=torch.uint8)
        values.append(buffer.view(dtype).reshape(shape))
        at += size
    return values
