"""Triton's compiler without a GPU: in processes of their own, with a time limit."""

from __future__ import annotations

import faulthandler
import inspect
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tern.gpu import assembly
from tern.gpu.build import Build, BuildError
from tern.gpu.devices import DEVICES

SECONDS = 60.0  # wall-clock limit of one compilation
Run = Callable[[list[str], str, float], subprocess.CompletedProcess]


def compile_for(
    device: str, launcher: Callable, *arguments: Any, timeout: float = SECONDS
) -> tuple[Build, ...]:
    """The different kernels that launcher(*arguments) launches, compiled for `device`, in order.

    `device` is a name in DEVICES: "sm_75" (T4), "sm_80" (A100), "sm_90" (H100), "gfx942" (MI300X).
    The arguments decide, as in a launch, what is known to be divisible by 16; nothing is computed.
    Raises BuildError if a kernel does not compile, the compiler crashes or takes longer than
    `timeout` seconds of wall-clock time, or the launcher raises. A compilation takes 1 to 5 s.
    """
    if device not in DEVICES:
        raise ValueError(f"{device!r} is none of {', '.join(DEVICES)}")
    deadline = time.monotonic() + timeout
    import_all()
    with tempfile.TemporaryDirectory(prefix="gpu-", ignore_cleanup_errors=True) as folder:

        def front() -> list[dict]:
            from tern.gpu.front import compile_front

            if "torch" in sys.modules:  # threads that the parent started are missing in a fork
                sys.modules["torch"].set_num_threads(1)
            return compile_front(device, launcher, arguments, folder)

        fronts = in_child(front, timeout, folder)
        return tuple(finish(each, device, _run, deadline - time.monotonic()) for each in fronts)


def import_all() -> None:
    """Import what a child needs, before the fork."""
    import triton.backends.amd.compiler
    import triton.backends.nvidia.compiler  # noqa: F401

    from tern.gpu import front, interpret  # noqa: F401


def in_child(work: Callable[[], Any], timeout: float, folder: str) -> Any:
    """What `work` returns, plain data, when a forked process does it. BuildError if it fails."""
    reading, writing = os.pipe()
    log = os.path.join(folder, "log.txt")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # a fork beside threads: it is short-lived
        pid = os.fork()
    if pid == 0:
        _be_child(work, writing, log)
    os.close(writing)
    try:
        text = _read_all(reading, time.monotonic() + timeout)
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
    if text is None:
        raise BuildError(f"the compiler was still running after {timeout:g} s")
    if not text:
        signal_number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        how = signal.Signals(signal_number).name if signal_number else "without a word"
        raise BuildError(f"the compiler crashed ({how}){_last_words(log)}")
    reply = json.loads(text)
    if "error" in reply:
        raise BuildError(reply["error"])
    return reply["value"]


def _be_child(work: Callable[[], Any], writing: int, log: str) -> None:
    try:
        faulthandler.disable()  # what it would say of a crash went to the parent's output
        output = os.open(log, os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1)
        os.dup2(output, 2)
        try:
            reply = {"value": work()}
        except BaseException as error:
            line = (str(error).strip() or "no message").splitlines()[0]
            reply = {"error": f"{type(error).__name__}: {line}"}
        with os.fdopen(writing, "w") as pipe:
            json.dump(reply, pipe)
    finally:
        os._exit(0)


def _read_all(descriptor: int, deadline: float) -> str | None:
    """All that comes before the other end closes; None if it has not by then."""
    data = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return None
        chunk = os.read(descriptor, 1 << 16)
        if not chunk:
            return data.decode()
        data += chunk


def _last_words(log: str) -> str:
    """The compiler's own error, if it printed one: ": why"."""
    lines = Path(log).read_text(errors="replace").splitlines() if os.path.exists(log) else []
    found = [line for line in lines if "error:" in line] or [
        line for line in lines if "ssert" in line
    ]
    return f": {found[0].strip()[:300]}" if found else ""


# ---- the second half: PTX to machine code --------------------------------------------------------


def checked(front: Any, device: str) -> dict:
    """What front.py made of one kernel for a device, from an untrusted source.

    ValueError, KeyError, or TypeError if it is nothing of that kind, or beyond what there is.
    """
    kinds = {"kernel": str, "error": str} if "error" in front else KINDS
    if any(type(front[name]) is not kind for name, kind in kinds.items()):
        raise ValueError("a kernel's name, numbers, or texts are none")
    name = front["kernel"]
    if not name.isidentifier() or len(name) > MAX_NAME:
        raise ValueError("a kernel's name is none")
    if "error" in front:
        return {"kernel": name, "error": front["error"][:500]}
    warps, shared, texts = front["warps"], front["shared"], front["texts"]
    if warps not in WARPS or not 0 <= shared <= MAX_SHARED:
        raise ValueError(f"{name} has an impossible number of warps or bytes of shared memory")
    level = "ptx" if DEVICES[device].backend == "cuda" else "amdgcn"
    text = texts[level]
    if list(texts) != [level] or type(text) is not str or len(text) > MAX_TEXT:
        raise ValueError(f"{name} has no assembly, or one that is too long")
    targets = re.findall(r"^\.target[ \t]+(\w+)", text, re.MULTILINE)
    if level == "ptx" and [each.rstrip("a") for each in targets] != [device]:
        raise ValueError(f"the assembly of {name} is for another device")
    return {"kernel": name, "warps": warps, "shared": shared, "texts": {level: text}}


KINDS = {"kernel": str, "warps": int, "shared": int, "texts": dict}
WARPS, MAX_SHARED = (1, 2, 4, 8, 16, 32), 1 << 24  # of a launch; bytes
MAX_MACHINE = 32 << 20  # characters
MAX_NAME, MAX_TEXT = 200, 4 << 20  # characters


def finish(front: dict, device: str, run: Run, timeout: float) -> Build:
    """Assemble what front.py made of one kernel, and read the result. BuildError."""
    if "error" in front:
        raise BuildError(str(front["error"])[:500])
    texts, kernel = dict(front["texts"]), front["kernel"]
    if "amdgcn" in texts:
        machine, resources = texts["amdgcn"], assembly.amd_resources(texts["amdgcn"])
    else:
        machine, resources = assemble(kernel, texts["ptx"], run, timeout)
        texts["sass"] = machine
    if len(machine) > MAX_MACHINE:
        raise BuildError(f"{kernel}: the machine code has more than {MAX_MACHINE:,} characters")
    counts = assembly.opcodes(machine)
    return Build(
        kernel, device, front["warps"],
        **resources,
        shared=front["shared"], max_shared=DEVICES[device].max_shared,
        opcodes=counts,
        load_widths=assembly.load_widths(counts), store_widths=assembly.store_widths(counts),
        matrix_instructions=assembly.matrix_instructions(counts),
        texts=texts,
    )  # fmt: skip


def assemble(kernel: str, ptx: str, run: Run, timeout: float) -> tuple[str, dict[str, int]]:
    """SASS as text, and registers, stack, and spills, by the assembler in Triton's wheel."""
    found = re.search(r"^\.target (sm_\w+)", ptx, re.MULTILINE)
    if not found:
        raise BuildError(f"{kernel}: the PTX names no target")
    assembler = tool("ptxas_blackwell" if found[1] in BLACKWELL else "ptxas")
    with tempfile.TemporaryDirectory(prefix="gpu-", ignore_cleanup_errors=True) as folder:
        Path(folder, "kernel.ptx").write_text(ptx)
        command = [assembler, "-v", "-lineinfo", *_flags(), f"--gpu-name={found[1]}"]
        log = _step([*command, "kernel.ptx", "-o", "kernel.cubin"], folder, kernel, run, timeout)
        sass = _step([tool("nvdisasm"), "-c", "kernel.cubin"], folder, kernel, run, timeout)
    try:
        return sass, assembly.nvidia_resources(log)
    except ValueError as error:
        raise BuildError(f"{kernel}: {error}") from None


BLACKWELL = ("sm_100", "sm_100a")  # that Triton's wheel has an assembler of its own for


def tool(name: str) -> str:
    """Where Triton keeps one of NVIDIA's programs."""
    from triton import knobs

    return getattr(knobs.nvidia, name, knobs.nvidia.ptxas).path  # older wheels have one assembler


def _flags() -> list[str]:
    """Flags that some versions of Triton give to ptxas."""
    from triton.backends.nvidia import compiler

    source = inspect.getsource(compiler)
    return [flag for flag in ("--regAllocOptLevel=2",) if flag in source]


def _step(command: list[str], folder: str, kernel: str, run: Run, timeout: float) -> str:
    program = os.path.basename(command[0])
    try:
        done = run(command, folder, max(timeout, 1.0))
    except subprocess.TimeoutExpired:
        raise BuildError(f"{kernel}: {program} was still running after {timeout:.0f} s") from None
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()] or ["no message"]
        raise BuildError(f"{kernel}: {program} failed: {lines[0].strip()[:300]}")
    return done.stdout


def _run(command: list[str], folder: str, timeout: float) -> subprocess.CompletedProcess:
    return subprocess.run(
        command, cwd=folder, timeout=timeout, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def has_assembler() -> bool:
    try:
        return shutil.which(tool("ptxas")) is not None
    except Exception:  # whatever Triton raises where it has none
        return False
