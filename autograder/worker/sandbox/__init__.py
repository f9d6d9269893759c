"""What the reader's code may not do while it is being judged.

Four layers, each on its own enough for an accident and together enough for a determined reader:

1. resource limits: CPU time, memory, file size, open files, no core dumps (every POSIX system);
2. an audit hook: no new processes, no foreign-function calls, no network, no forbidden file
   (every system; a hook cannot be removed, see PEP 578);
3. Landlock: files outside the Python installation cannot be opened at all (landlock.py);
4. seccomp: fork, exec, ptrace, kill and sockets fail in the kernel (seccomp.py).

Layers 3 and 4 are best effort: `lock_files` and `lock_calls` return False where the kernel has
none, and `autograder doctor` reports it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

from autograder.worker import system


@dataclass(frozen=True)
class Limits:
    """CPU seconds, bytes of address space to come, bytes of one file, open file descriptors.

    What a process has mapped already does not count: it may have been forked off a large one.
    """

    cpu: int = 600
    memory: int = 4 << 30
    file_size: int = 64 << 20
    files: int = 128


def limit_resources(limits: Limits) -> None:
    """Lower this process's resource limits, soft and hard alike, for good."""
    import resource

    limited = {
        resource.RLIMIT_CPU: limits.cpu,
        resource.RLIMIT_AS: system.address_space() + limits.memory,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_CORE: 0,
    }
    for which, value in limited.items():
        hard = resource.getrlimit(which)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        try:
            resource.setrlimit(which, (value, value))
        except (ValueError, OSError):  # macOS refuses RLIMIT_AS
            pass


# ---- the audit hook -----------------------------------------------------------------------------

FORBIDDEN_EVENTS = frozenset(
    """os.fork os.forkpty os.exec os.posix_spawn os.spawn os.system os.kill os.killpg os.startfile
    subprocess.Popen pty.spawn socket.connect socket.bind socket.getaddrinfo socket.sendto
    gc.get_objects gc.get_referrers gc.get_referents sys._current_frames
    sys.settrace sys.setprofile os.symlink os.link""".split()
)
FORBIDDEN_MODULES = frozenset(  # readline reads any file, through C
    "ctypes _ctypes cffi _cffi_backend _posixsubprocess readline gnureadline".split()
)


def forbid(secret: frozenset[str], native: bool = False) -> None:
    """Install the audit hook. `secret` holds the real paths of files and folders not to be opened.

    With `native` the code may call foreign functions, as every just-in-time compiler must. A reader
    can then step around this hook; what the kernel refuses (layers 1, 3 and 4) stays refused.
    """
    realpath, fspath = os.path.realpath, os.fspath
    secrets = tuple(sorted(secret))
    forbidden_events, forbidden_modules = FORBIDDEN_EVENTS, FORBIDDEN_MODULES
    error, missing = PermissionError, ImportError
    type_of, is_one, some = type, isinstance, any  # the reader's code may patch the builtins

    def hook(event: str, arguments: tuple) -> None:
        if event in forbidden_events or (not native and event.startswith(("ctypes.", "code."))):
            raise error(f"{event} is not available while an exercise is checked")
        if (
            event == "import"
            and not native
            and not forbidden_modules.isdisjoint(arguments[0].split("."))
        ):
            # an ImportError, because NumPy can do without ctypes
            raise missing(
                f"the module {arguments[0]} is not available while an exercise is checked"
            )
        if (
            event == "object.__setattr__"
            and not native
            and arguments[1] in ("__code__", "__globals__")
        ):
            raise error("changing a function's code is not available here")
        if event in ("open", "os.listdir", "os.scandir", "os.chdir", "os.rename", "os.truncate"):
            path = arguments[0]
            if type_of(path) is int or path is None:
                return
            path = realpath(fspath(path) if not is_one(path, bytes) else path.decode())
            if path.startswith("/proc/") or some(
                path == one or path.startswith(one + os.sep) for one in secrets
            ):
                raise error(f"{path} may not be read while an exercise is checked")

    sys.addaudithook(hook)


def hide_modules() -> None:
    """Take the foreign-function modules out of sight, so that importing them reaches the hook.

    asyncio and Matplotlib import subprocess, which needs one of them: it stays, without its use.
    """
    for name in ("_fork_exec", "_posixsubprocess"):
        if hasattr(subprocess, name):
            setattr(subprocess, name, None)
    for name in list(sys.modules):
        if name.split(".")[0] in FORBIDDEN_MODULES:
            del sys.modules[name]
