"""What the reader's code may not do while it is being judged.

Four layers, each on its own enough for an accident and together enough for a determined reader:

1. resource limits: CPU time, memory, file size, open files, no core dumps (every POSIX system);
2. an audit hook: no new processes, no foreign-function calls, no network, no forbidden file
   (every system; a hook cannot be removed, see PEP 578);
3. Landlock: files outside the Python installation cannot be opened at all (Linux 5.13 or newer);
4. seccomp: fork, exec, ptrace, kill and sockets fail in the kernel (Linux, x86-64 and AArch64).

Layers 3 and 4 are best effort: `lock_files` and `lock_calls` return False where the kernel has
none, and `autograder doctor` reports it.
"""

from __future__ import annotations

import os
import platform
import struct
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """CPU seconds, bytes of address space, bytes of one file, open file descriptors."""

    cpu: int = 600
    memory: int = 4 << 30
    file_size: int = 64 << 20
    files: int = 128


def limit_resources(limits: Limits) -> None:
    """Lower this process's resource limits, soft and hard alike, for good."""
    import resource

    wanted = {
        resource.RLIMIT_CPU: limits.cpu,
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_CORE: 0,
    }
    for which, value in wanted.items():
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
    """Take the foreign-function modules out of sight, so that importing them reaches the hook."""
    for name in list(sys.modules):
        if name.split(".")[0] in FORBIDDEN_MODULES:
            del sys.modules[name]


# ---- Landlock -----------------------------------------------------------------------------------

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER = 1, 4, 22, 36
PR_SET_NO_NEW_PRIVS = 38
READ_FILE, READ_DIRECTORY, EXECUTE = 1 << 2, 1 << 3, 1 << 0
WRITE_FILE, TRUNCATE = 1 << 1, 1 << 14
# Rights on files that each version of Landlock knows; the fourth adds TCP, the sixth signals.
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
TCP_RIGHTS, SCOPES = 0b11, 0b11


def _libc():
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int = 1) -> bool:
    """Linux's prctl(2) with one argument; False elsewhere or on failure."""
    return sys.platform == "linux" and _libc().prctl(option, value, 0, 0, 0) == 0


def landlock_version() -> int:
    """The Landlock version of this kernel, 0 if it has none."""
    if sys.platform != "linux":
        return 0
    return max(0, _libc().syscall(CREATE_RULESET, None, 0, 1))


def readable_roots(secret: frozenset[str]) -> list[str]:
    """The Python installation and the system's libraries, less what is secret."""
    roots = {sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", "/etc", "/opt", "/sys"}
    roots |= {"/dev/null", "/dev/zero", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo"}
    roots |= {path for path in sys.path if path}
    for name in ("tern", "autograder"):  # an editable install is on no path of its own
        module = sys.modules.get(name)
        if module is not None and getattr(module, "__file__", None):
            roots.add(os.path.dirname(module.__file__))
    checkout = Path(__file__).resolve().parents[2]
    allowed: list[str] = []
    for root in sorted({os.path.realpath(root) for root in roots if os.path.exists(root)}):
        if root == str(checkout):
            continue  # the checkout holds the solutions; its packages are listed on their own
        allowed += _without(root, secret)
    return allowed


def _without(path: str, secret: frozenset[str]) -> list[str]:
    """`path`, or the parts of it that leave out everything secret."""
    if not os.path.exists(path) or any(
        path == one or path.startswith(one + os.sep) for one in secret
    ):
        return []
    if not any(one.startswith(path.rstrip(os.sep) + os.sep) for one in secret):
        return [path]
    return [
        piece
        for entry in os.scandir(path)
        for piece in _without(os.path.join(path, entry.name), secret)
    ]


def lock_files(readable: list[str], writable: list[str]) -> bool:
    """Let this process and its children open only these files and folders, for good."""
    version = landlock_version()
    if version < 1:
        return False
    import ctypes

    libc = _libc()
    rights = FILE_RIGHTS[max(known for known in FILE_RIGHTS if known <= version)]
    attributes = struct.pack("<Q", rights)
    attributes += struct.pack("<Q", TCP_RIGHTS) if version >= 4 else b""
    attributes += struct.pack("<Q", SCOPES) if version >= 6 else b""
    ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _allow(libc, ruleset, path, READ_FILE | READ_DIRECTORY | EXECUTE)
        for path in writable:
            _allow(libc, ruleset, path, rights)
        prctl(PR_SET_NO_NEW_PRIVS)
        return libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow(libc, ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        access &= READ_FILE | EXECUTE | WRITE_FILE | TRUNCATE
    libc.syscall(ADD_RULE, ruleset, 1, struct.pack("<Qi", access, descriptor), 0)
    os.close(descriptor)


# ---- seccomp ------------------------------------------------------------------------------------

# System call numbers: (x86-64, AArch64); None where the architecture has no such call.
CALLS = {
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kill": (62, 129),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "socket": (41, 198),
    "setrlimit": (160, 164),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425),  # its requests pass by this filter
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "open_by_handle_at": (304, 265),
}
CLONE, CLONE3, PRLIMIT, TGKILL = (56, 220), (435, 435), (302, 261), (234, 131)
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
LOAD, EQUAL, AT_LEAST, BIT_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
CLONE_THREAD = 0x00010000


def filter_program(
    column: int, architecture: int, pid: int, allow: frozenset[str] = frozenset()
) -> bytes:
    """The classic-BPF program that seccomp runs on every system call of the worker, process `pid`."""
    step = struct.Struct("<HBBI").pack
    number, arch, first_argument, third_argument = 0, 4, 16, 32  # offsets in struct seccomp_data
    program = [
        step(LOAD, 0, 0, arch),
        step(EQUAL, 1, 0, architecture),
        step(RETURN, 0, 0, KILL),
        step(LOAD, 0, 0, number),
    ]
    if column == 0:  # x86-64 has a second set of numbers, the x32 calls
        program += [step(AT_LEAST, 0, 1, 0x40000000), step(RETURN, 0, 0, KILL)]
    for name, pair in CALLS.items():
        if pair[column] is not None and name not in allow:
            program += [step(EQUAL, 0, 1, pair[column]), step(RETURN, 0, 0, EPERM)]
    program += [
        # clone3 hides its flags behind a pointer: refuse it, and libc falls back to clone
        step(EQUAL, 0, 1, CLONE3[column]),
        step(RETURN, 0, 0, ENOSYS),
        # clone makes a thread or a process; threads are welcome
        step(EQUAL, 0, 4, CLONE[column]),
        step(LOAD, 0, 0, first_argument),
        step(BIT_SET, 1, 0, CLONE_THREAD),
        step(RETURN, 0, 0, EPERM),
        step(RETURN, 0, 0, ALLOW),
        # a process may send signals to its own threads
        step(EQUAL, 0, 4, TGKILL[column]),
        step(LOAD, 0, 0, first_argument),
        step(EQUAL, 1, 0, pid),
        step(RETURN, 0, 0, EPERM),
        step(RETURN, 0, 0, ALLOW),
        # prlimit may read a limit (new value NULL) but not set one
        step(EQUAL, 0, 4, PRLIMIT[column]),
        step(LOAD, 0, 0, third_argument),
        step(EQUAL, 1, 0, 0),
        step(RETURN, 0, 0, EPERM),
        step(RETURN, 0, 0, ALLOW),
        step(RETURN, 0, 0, ALLOW),
    ]
    return b"".join(program)


def lock_calls(allow: frozenset[str] = frozenset()) -> bool:
    """Refuse new processes, signals, sockets and debugging to this process, for good.

    `allow` names calls of CALLS that stay allowed.
    """
    if sys.platform != "linux" or platform.machine() not in ARCHITECTURES:
        return False
    import ctypes

    program = filter_program(*ARCHITECTURES[platform.machine()], os.getpid(), allow)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    prctl(PR_SET_NO_NEW_PRIVS)
    return _libc().prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(header), 0, 0) == 0
