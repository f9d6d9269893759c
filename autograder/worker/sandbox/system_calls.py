"""Which system calls a locked-down process may make: the filter that seccomp runs on each of them.

system_calls.tsv has every call that Linux knew when it was written, with its number on each
architecture and a verdict:

- *allowed*: files as far as Landlock lets them be opened, memory, time, threads, its own signals;
- *refused* (EPERM): other processes, what outlives the run, what belongs to the machine, what
  changes files without opening them (chmod, chown, utime, xattr);
- *missing* (ENOSYS), like every call that is newer than the table: libc then falls back to an
  older one;
- looked at: `clone` only for *threads*, `tgkill` only for its *own*, `prlimit64` only to *read*,
  `fcntl` only *plain*, not to have signals sent.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("system_calls.tsv")
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LOAD, EQUAL, AT_LEAST, ABOVE, BIT_SET, RETURN = 0x20, 0x15, 0x35, 0x25, 0x45, 0x06
ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
CLONE_THREAD = 0x00010000
F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY = 8, 10, 15, 1024, 1026
X32 = 0x40000000  # x86-64 has a second set of numbers

_step = struct.Struct("<HBBI").pack


class Call(NamedTuple):
    name: str
    numbers: dict[str, int]  # by architecture; a call may be missing on one
    verdict: str


@functools.cache
def calls() -> tuple[Call, ...]:
    """The table."""
    header, *lines = TABLE.read_text(encoding="ascii").splitlines()
    _, *architectures, _ = header.split("\t")
    found = []
    for line in lines:
        name, *numbers, verdict = line.split("\t")
        pairs = zip(architectures, numbers, strict=True)
        found.append(Call(name, {a: int(n) for a, n in pairs if n != "-"}, verdict))
    return tuple(found)


def filter_program(machine: str, pid: int, allow: frozenset[str] = frozenset()) -> bytes:
    """The classic-BPF program for process `pid` on a `machine` of ARCHITECTURES.

    `allow` names calls that are allowed besides. KeyError for another machine.
    """
    numbers = {call.name: call.numbers[machine] for call in calls() if machine in call.numbers}
    allowed = {numbers[c.name] for c in calls() if c.verdict == "allowed" and c.name in numbers}
    allowed |= {numbers[name] for name in allow if name in numbers}
    missing = {numbers[c.name] for c in calls() if c.verdict == "missing" and c.name in numbers}
    program = [
        _step(LOAD, 0, 0, ARCHITECTURE),
        _step(EQUAL, 1, 0, ARCHITECTURES[machine]),
        _step(RETURN, 0, 0, KILL),
        _step(LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        program += [_step(AT_LEAST, 0, 1, X32), _step(RETURN, 0, 0, KILL)]
    for first, last in _ranges(allowed):
        program += [
            _step(AT_LEAST, 0, 2, first),
            _step(ABOVE, 1, 0, last),
            _step(RETURN, 0, 0, ALLOW),
        ]
    program += _looked_at(numbers["clone"], 0, [_step(BIT_SET, 0, 1, CLONE_THREAD)])
    program += _looked_at(numbers["tgkill"], 0, [_step(EQUAL, 0, 1, pid)])
    program += _looked_at(numbers["prlimit64"], 2, [_step(EQUAL, 0, 1, 0)])
    odd = (F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY)
    tests = [_step(EQUAL, len(odd) - at, 0, value) for at, value in enumerate(odd)]
    program += _looked_at(numbers["fcntl"], 1, tests)
    for first, last in _ranges(missing):
        program += [
            _step(AT_LEAST, 0, 2, first),
            _step(ABOVE, 1, 0, last),
            _step(RETURN, 0, 0, ENOSYS),
        ]
    program += [
        _step(AT_LEAST, 0, 1, max(numbers.values()) + 1),
        _step(RETURN, 0, 0, ENOSYS),
        _step(RETURN, 0, 0, EPERM),
    ]
    return b"".join(program)


def _looked_at(number: int, argument: int, tests: list[bytes]) -> list[bytes]:
    """Steps that allow a call if its argument passes: the tests jump over ALLOW, or fall to it."""
    return [
        _step(EQUAL, 0, len(tests) + 3, number),
        _step(LOAD, 0, 0, ARGUMENTS + 8 * argument),
        *tests,
        _step(RETURN, 0, 0, ALLOW),
        _step(RETURN, 0, 0, EPERM),
    ]


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The runs of consecutive numbers, each with its first and last."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
