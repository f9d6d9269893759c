"""CPU clocks of another process, read from outside it.

The worker cannot be trusted to time itself, and wall-clock time measures the neighbors as well. The
CPU time that the kernel has charged to the worker, all its threads counted, is neither.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

CPUCLOCK_SCHED = 2


def cpu_clock(pid: int) -> Callable[[], float]:
    """A function that returns the CPU seconds used so far by process `pid` and all its threads.

    Raises OSError when the process does not exist, NotImplementedError on an unknown system.
    """
    if pid == os.getpid():
        return time.process_time
    if sys.platform == "linux":
        clock = (~pid << 3) | CPUCLOCK_SCHED  # clock_getcpuclockid(3)
        time.clock_gettime(clock)
        return lambda: time.clock_gettime(clock)
    if sys.platform == "darwin":
        return _darwin_clock(pid)
    raise NotImplementedError(f"no CPU clock of another process on {sys.platform}")


def run_delay(pid: int) -> float:
    """Seconds that a process's first thread could have run and had no CPU; 0 if nobody tells."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def threads(pid: int) -> list[int]:
    """The numbers of a process's threads; empty where the system does not tell, or it has ended."""
    try:
        return [int(number) for number in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def thread_seconds(pid: int) -> dict[int, float]:
    """CPU seconds of each thread of a process by its number. Exact for threads that are waiting.

    Raises NotImplementedError where the kernel does not tell (Linux with CONFIG_SCHED_INFO does).
    """
    seconds = {}
    for number in threads(pid):
        try:
            with open(f"/proc/{pid}/task/{number}/schedstat", "rb") as file:
                seconds[number] = int(file.read().split()[0]) / 1e9
        except OSError:  # it has ended meanwhile
            continue
    if not seconds:
        raise NotImplementedError("this system does not tell the CPU time of another's threads")
    return seconds


def settle(pid: int, seconds: float = 0.1) -> bool:
    """Wait until no thread of a process runs or wants to; False if `seconds` do not suffice.

    The kernel books a thread's CPU time when it stops running. Right after a reply has arrived, its
    sender may still be on its way to sleep.
    """
    if sys.platform != "linux":
        return True
    deadline = time.monotonic() + seconds
    while any(_runs(pid, number) for number in threads(pid)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.00005)
    return True


def _runs(pid: int, thread: int) -> bool:
    try:
        with open(f"/proc/{pid}/task/{thread}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split(None, 1)[0] == b"R"
    except OSError:
        return False


def _darwin_clock(pid: int) -> Callable[[], float]:
    """proc_pid_rusage(3): user and system time in Mach ticks, 16 bytes into the record."""
    import ctypes
    import struct

    libproc = ctypes.CDLL("/usr/lib/libproc.dylib")
    libc = ctypes.CDLL(None)
    numerator_denominator = (ctypes.c_uint32 * 2)()
    libc.mach_timebase_info(ctypes.byref(numerator_denominator))
    second = 1e9 * numerator_denominator[1] / numerator_denominator[0]
    record = ctypes.create_string_buffer(512)

    def clock() -> float:
        if libproc.proc_pid_rusage(pid, 0, record) != 0:
            raise OSError(f"no process {pid}")
        user, system = struct.unpack_from("<QQ", record, 16)
        return (user + system) / second

    clock()
    return clock
