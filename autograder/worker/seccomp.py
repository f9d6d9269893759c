"""seccomp: fork, exec, ptrace, kill and sockets fail in the kernel (Linux, x86-64 and AArch64)."""

from __future__ import annotations

import os
import platform
import struct
import sys

from autograder.worker.system import PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, libc, prctl

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
    """The classic-BPF program that seccomp runs on every system call of process `pid`."""
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
    return libc().prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(header), 0, 0) == 0
