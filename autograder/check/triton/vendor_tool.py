"""The process that becomes one of NVIDIA's programs, locked down. It starts often: no imports."""

from __future__ import annotations

import os
import sys

from autograder.worker import sandbox, system_programs
from autograder.worker.sandbox import landlock, seccomp, system_calls


def enter() -> None:
    """In a new process, arguments: CPU seconds, the command. Its output goes to output.txt."""
    seconds, program, *rest = sys.argv[1:]
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sandbox.limit_resources(sandbox.Limits(cpu=int(seconds), file_size=system_programs.MAX_BYTES))
    system_calls.calls()  # read while files may be opened
    readable = [*system_programs.SYSTEM, *system_programs.DEVICES, os.path.dirname(program)]
    landlock.lock_files(readable, [os.getcwd(), "/dev/null"])
    seccomp.lock_calls(allow=frozenset({"execve"}))
    os.execv(program, [program, *rest])
