"""seccomp: new processes, other processes' affairs, and much else fail in the kernel (Linux)."""

from __future__ import annotations

import os
import platform
import struct
import sys

from autograder.worker.sandbox.system_calls import ARCHITECTURES, filter_program
from autograder.worker.system import PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, libc, prctl

FILTER = 2  # SECCOMP_MODE_FILTER


def lock_calls(allow: frozenset[str] = frozenset()) -> bool:
    """Let this process make only the system calls of system_calls.tsv that are allowed, for good.

    `allow` names calls that stay allowed besides. False where there is no seccomp.
    """
    if sys.platform != "linux" or platform.machine() not in ARCHITECTURES:
        return False
    import ctypes

    program = filter_program(platform.machine(), os.getpid(), allow)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    prctl(PR_SET_NO_NEW_PRIVS)
    return libc().prctl(PR_SET_SECCOMP, FILTER, ctypes.c_char_p(header), 0, 0) == 0
