"""What the kernel and the C library are asked for directly."""

from __future__ import annotations

import functools
import os
import sys
from typing import Any

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER = 1, 4, 22, 36
PR_SET_NO_NEW_PRIVS = 38


def libc() -> Any:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int = 1) -> bool:
    """Linux's prctl(2) with one argument; False elsewhere or on failure."""
    return sys.platform == "linux" and libc().prctl(option, value, 0, 0, 0) == 0


@functools.cache
def address_space() -> int:
    """Bytes of address space that were mapped when this was first asked, here or before a fork.

    The fork server asks before it closes /proc. 0 where there is none.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as pages:
            return int(pages.read().split()[0]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


def keep_memory() -> None:
    """Have glibc keep what is freed instead of giving it back to the system.

    Memory that comes back from the system costs a page fault for every 4 KB, and how often it does
    depends on what a process has allocated before: the same call took up to twice the time in one
    worker as in another. Elsewhere than on glibc nothing happens.
    """
    if sys.platform != "linux":
        return
    mmap_threshold, trim_threshold = -3, -1
    mallopt = getattr(libc(), "mallopt", None)
    if mallopt is not None:
        mallopt(mmap_threshold, 32 << 20)  # glibc takes no more
        mallopt(trim_threshold, 1 << 30)
