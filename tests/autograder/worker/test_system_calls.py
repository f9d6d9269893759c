"""The filter of system calls: what it says of each, and that no kernel knows one nobody judged."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from autograder.worker.sandbox import system_calls
from autograder.worker.sandbox.system_calls import ALLOW, ARCHITECTURES, ENOSYS, EPERM, KILL

HEADERS = [
    Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    Path("/usr/include/asm-generic/unistd.h"),
]
# Names in the generic header that no 64-bit machine uses.
OF_32_BITS = set(
    """arch_specific_syscall fadvise64_64 fcntl64 fstat64 fstatat fstatat64 fstatfs64 ftruncate64
    llseek lstat64 mmap2 sendfile64 stat64 statfs64 sync_file_range2 syscalls truncate64""".split()
)
VERDICTS = {"allowed": ALLOW, "refused": EPERM, "missing": ENOSYS}
PID = 4711


def outcome(program: bytes, number: int, *arguments: int, machine: str = "x86_64") -> int:
    """What the kernel's classic-BPF machine makes of a call (linux/seccomp.h)."""
    padded = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, ARCHITECTURES[machine], 0, *padded)
    at = accumulator = 0
    while True:
        code, yes, no, constant = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == system_calls.LOAD:
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif code == system_calls.RETURN:
            return constant
        else:
            holds = {
                system_calls.EQUAL: accumulator == constant,
                system_calls.AT_LEAST: accumulator >= constant,
                system_calls.ABOVE: accumulator > constant,
                system_calls.BIT_SET: bool(accumulator & constant),
            }[code]
            at += yes if holds else no


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_filter_says_of_each_call_what_the_table_says(machine: str) -> None:
    program = system_calls.filter_program(machine, PID)
    for call in system_calls.calls():
        if machine in call.numbers and call.verdict in VERDICTS:
            found = outcome(program, call.numbers[machine], machine=machine)
            assert found == VERDICTS[call.verdict], call


@pytest.mark.parametrize("header", HEADERS, ids=lambda path: path.parent.name)
def test_every_call_that_this_kernel_s_headers_name_has_been_judged(header: Path) -> None:
    if not header.exists():
        pytest.skip(f"{header} is not installed")
    named = set(re.findall(r"#define __NR(?:3264)?_(\w+)", header.read_text()))
    named = {name for name in named if not name.endswith("time64")} - OF_32_BITS
    assert named - {call.name for call in system_calls.calls()} == set()


def test_a_newer_call_is_missing_and_not_merely_refused() -> None:
    """libc falls back to an older call only where the new one does not exist."""
    program = system_calls.filter_program("x86_64", PID)
    assert {outcome(program, number) for number in range(451, 600)} == {ENOSYS}


def test_calls_that_are_looked_at() -> None:
    program = system_calls.filter_program("x86_64", PID)
    number = {call.name: call.numbers.get("x86_64", -1) for call in system_calls.calls()}
    thread, process = 0x10000 | 0xF00, 17
    assert outcome(program, number["clone"], thread) == ALLOW
    assert outcome(program, number["clone"], process) == EPERM
    assert outcome(program, number["tgkill"], PID) == ALLOW
    assert outcome(program, number["tgkill"], PID + 1) == EPERM
    assert outcome(program, number["prlimit64"], 0, 7, 0) == ALLOW
    assert outcome(program, number["prlimit64"], 0, 7, 1) == EPERM
    set_flags, set_owner, set_signal = 4, 8, 10
    assert outcome(program, number["fcntl"], 3, set_flags) == ALLOW
    assert outcome(program, number["fcntl"], 3, set_owner) == EPERM
    assert outcome(program, number["fcntl"], 3, set_signal) == EPERM


def test_another_architecture_and_x32_calls_end_the_process() -> None:
    program = system_calls.filter_program("x86_64", PID)
    assert outcome(program, 0, machine="aarch64") == KILL
    assert outcome(program, 0x40000000) == KILL


def test_more_can_be_allowed() -> None:
    execve = 59
    assert outcome(system_calls.filter_program("x86_64", PID), execve) == EPERM
    allowed = system_calls.filter_program("x86_64", PID, frozenset({"execve"}))
    assert outcome(allowed, execve) == ALLOW
