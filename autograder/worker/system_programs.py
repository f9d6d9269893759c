"""System programs in a process of their own that can do no harm: a compiler, a linker, valgrind.

The worker's locks (sandbox.py) would not do: they refuse the exec that starts a program. Here a new
process locks itself down, all but that, and then becomes the program, which inherits every lock.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from autograder.worker import sandbox
from autograder.worker.sandbox import landlock, seccomp, system_calls

SYSTEM = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives"]
DEVICES = ["/dev/null", "/dev/zero", "/dev/urandom", "/proc/cpuinfo"]
MAX_BYTES = 1 << 27  # of one file
OUTPUT = 1 << 16  # bytes of output that are kept


class Expired(Exception):
    """A process ran longer than it may: one line."""


def run_sandboxed(
    command: Sequence[str],
    folder: str,
    timeout: float,
    processes: bool = False,
    sanitized: bool = False,
    hidden: frozenset[str] = frozenset(),
    readable: tuple[str, ...] = (),
    memory: int = sandbox.Limits.memory,
) -> subprocess.CompletedProcess:
    """Run a system program in `folder`, where alone it can write; see only the system besides.

    Landlock closes all other files and TCP; seccomp refuses new processes (unless `processes`:
    a compiler starts its passes) and sockets; memory, CPU time and file sizes are limited. `stdout`
    of the result holds the first 64 KiB of output and errors together. After `timeout` seconds the
    whole process group is killed and Expired raised. Best effort as in sandbox/: an older
    kernel has fewer of these locks.

    A `sanitized` program has AddressSanitizer inside, which maps terabytes that nobody touches and
    reads /proc/self: its address space isn't limited, so it has to limit its memory itself. Files
    and folders that are `hidden` cannot be read, wherever they are; those that are `readable` can,
    besides the system's. `memory` is the most address space, in bytes.
    """
    mode = "processes" if processes else "sanitized" if sanitized else "plain"
    readable_paths = os.pathsep.join([*_readable(hidden), *readable])
    entry = ("enter", str(int(timeout) + 1), str(memory), mode, readable_paths, *command)
    return run(python("worker.system_programs", *entry, site=False), folder, timeout)


@functools.cache
def _readable(hidden: frozenset[str]) -> list[str]:
    """The system's folders, less what is hidden: a package may be installed in one of them."""
    return [part for root in SYSTEM for part in landlock.without(os.path.realpath(root), hidden)]


def python(module: str, function: str, *arguments: str, site: bool = True) -> list[str]:
    """The command that calls autograder.module.function() in a new process, in isolated mode.

    Without `site` only the standard library is found, and the start takes half the time.
    """
    root = str(Path(__file__).resolve().parents[2])
    code = f"import sys; sys.path.insert(0, {root!r})\n"
    code += f"from autograder.{module} import {function}; {function}()"
    return [sys.executable, "-I", *([] if site else ["-S"]), "-c", code, *arguments]


def run(
    command: list[str], folder: str, timeout: float, settings: dict[str, str] | None = None
) -> subprocess.CompletedProcess:
    """Run a command in `folder`, with no environment but `settings`; output and errors as above."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": folder,
        **(settings or {}),
    }
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Expired(f"{timeout:g} s were not enough") from None
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        output.seek(0)
        text = output.read(OUTPUT).decode("utf-8", "replace")
    return subprocess.CompletedProcess(command, process.returncode, text)


def read(folder: str, name: str, max_bytes: int = MAX_BYTES) -> bytes:
    """What a process has left in a file of `folder`: OSError unless it is plain, and not too long.

    A link could lead anywhere, and a pipe would keep its reader waiting for ever.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(os.path.join(folder, name), flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
            raise OSError(f"{name} is no plain file of at most {max_bytes:,} bytes")
        return file.read(max_bytes)


def enter() -> None:
    """In a new process, arguments: CPU seconds, memory, the mode, what is readable, the command."""
    seconds, memory, mode, readable, program, *rest = sys.argv[1:]
    limits = sandbox.Limits(cpu=int(seconds), memory=int(memory), file_size=MAX_BYTES)
    if mode == "sanitized":
        limits = dataclasses.replace(limits, memory=1 << 62)
    path = shutil.which(program) or program
    sandbox.limit_resources(limits)
    system_calls.calls()  # read while files may be opened
    # valgrind reads where it is loaded itself from maps
    own = "/proc/self" if mode == "sanitized" else "/proc/self/maps"
    landlock.lock_files([*readable.split(os.pathsep), *DEVICES, own], [os.getcwd(), "/dev/null"])
    if mode != "processes":
        # what it becomes inherits every lock, so a second exec would gain nothing
        seccomp.lock_calls(allow=frozenset({"execve"}))
    os.execv(path, [program, *rest])
