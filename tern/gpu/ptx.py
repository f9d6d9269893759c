"""The integer arithmetic of PTX, for all threads of a program at once.

Registers hold a number for every thread, signed and of the register's width. What is not sure has
no number: what was loaded, what an instruction makes that is not modelled here, and what a register
holds where two ways through the program meet, if one of them writes it.

NVIDIA, "PTX ISA", integer arithmetic, comparison, logic and shift instructions.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

_LABEL = re.compile(r"\$[\w$]+(?=:)")
_INSTRUCTION = re.compile(
    r"(?:@(?P<negated>!?)(?P<guard>%\w+)\s+)?(?P<opcode>[a-z][\w.:]*)\s*(?P<rest>.*)"
)


MAX_CHARACTERS = 10_000  # of an instruction
MAX_REGISTERS = 20_000  # whose numbers are known at once


class Clock:
    """So many seconds of CPU time, from now on."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.end = seconds, time.process_time() + seconds

    def look(self) -> None:
        """ValueError if the time is over."""
        if time.process_time() > self.end:
            raise ValueError(f"{self.seconds:g} s were not enough")


@dataclass(frozen=True)
class Statement:
    """A label, "$L__BB0_2", or an instruction: "@!%p1 add.s32 %r1, %r2, 4" in its parts."""

    line: int
    label: str = ""
    opcode: str = ""
    rest: str = ""
    guard: str = ""
    negated: bool = False

    @property
    def written(self) -> list[str]:
        """The registers that it may write: the first operand, or several of them in braces."""
        if self.rest.startswith("["):
            return []
        first = re.match(r"\{[^}]*\}?|[^,]*", self.rest)
        return re.findall(r"[%\w$]+", first[0])


def statements(ptx: str, clock: Clock) -> Iterator[Statement]:
    """The labels and instructions of a text, in its order; an instruction ends with a semicolon."""
    begun = ""  # on an earlier line
    for number, line in enumerate(ptx.splitlines(), 1):
        clock.look()
        if len(begun) + len(line) > MAX_CHARACTERS:
            raise ValueError(f"line {number} of the PTX is too long")
        *ended, begun = f"{begun} {line.split('//')[0]}".split(";")
        for at, text in enumerate([*ended, begun]):
            text = text.strip().lstrip("{}").strip()
            while label := _LABEL.match(text):
                yield Statement(number, label=label[0])
                text = text[label.end() + 1 :].strip()
            if at == len(ended):
                begun = text if text[:1] == "@" or text[:1].islower() else ""
            elif match := _INSTRUCTION.match(text):
                guard, negated = match["guard"] or "", match["negated"] == "!"
                yield Statement(number, "", match["opcode"], match["rest"].strip(), guard, negated)


def unsure_at(program: list[Statement], clock: Clock) -> dict[str, set[str]]:
    """For each label, the registers written between it and a branch to it, before or after.

    Coming over the branch they hold something else than in the order of the text: what a loop
    carries into its next iteration, or what stood there before a branch past the writing.
    """
    labels = {each.label: at for at, each in enumerate(program) if each.label}
    unsure: dict[str, set[str]] = {}
    for at, branch in enumerate(program):
        clock.look()
        target = branch.rest.strip()
        if branch.opcode.startswith("bra") and target in labels:
            first, last = sorted((at, labels[target]))
            passed = {name for each in program[first:last] for name in each.written}
            unsure.setdefault(target, set()).update(passed)
    return unsure


class Values:
    """Registers, for every thread of a program. What is not known is missing."""

    def __init__(self, threads: int) -> None:
        self.everywhere = np.ones(threads, bool)
        thread = np.arange(threads, dtype=np.int64)
        self.registers = {"%tid.x": thread, "global_smem": np.zeros_like(thread)}

    def known(self, name: str) -> np.ndarray | None:
        """A register's or an immediate's numbers, int64[threads]."""
        if re.fullmatch(r"-?(0x[0-9a-fA-F]+|\d+)", name):
            bits = int(name, 16 if "x" in name.lower() else 10) & (1 << 64) - 1
            return np.full_like(self.registers["%tid.x"], bits - (bits >> 63 << 64))
        return self.registers.get(name)

    def active(self, statement: Statement) -> np.ndarray | None:
        """The threads that run an instruction, bool[threads]; None if they are not known."""
        if not statement.guard:
            return self.everywhere
        holds = self.known(statement.guard)
        return None if holds is None else (holds == 0) == statement.negated

    def forget(self, names: set[str] | list[str]) -> None:
        for name in names:
            self.registers.pop(name, None)

    def run(self, statement: Statement) -> None:
        """One instruction: what it writes is known if its operands are, and the instruction is."""
        opcode, active = statement.opcode, self.active(statement)
        target, *operands = (each.strip() for each in statement.rest.split(","))
        given = [self.known(each) for each in operands]
        compute = next(
            (each for form, each in _COMPUTE.items() if re.fullmatch(form, opcode)), None
        )
        if compute is None or active is None or any(each is None for each in given):
            return self.forget(statement.written)
        result = compute(opcode, *given)
        if not active.all():
            before = self.known(target)
            if before is None:
                return self.forget([target])
            result = np.where(active, result, before)
        if len(self.registers) > MAX_REGISTERS:
            raise ValueError(f"more than {MAX_REGISTERS:,} registers are in use")
        self.registers[target] = result


def _type(opcode: str) -> tuple[str, int]:
    """("u", 32) of "add.u32"; what setp and .pred give is 0 or 1."""
    last = opcode.rsplit(".", 1)[1]
    return ("b", 1) if last == "pred" else (last[0], int(last[1:]))


def _signed(value: np.ndarray, bits: int) -> np.ndarray:
    shift = np.int64(64 - bits)
    return value.astype(np.int64) << shift >> shift


def _unsigned(value: np.ndarray, bits: int) -> np.ndarray:
    return value.astype(np.uint64) & np.uint64((1 << bits) - 1)


def _of_type(value: np.ndarray, kind: str, bits: int) -> np.ndarray:
    return _signed(value, bits) if kind == "s" else _unsigned(value, bits)


def _plain(operation: Callable) -> Callable:
    """An operation whose low bits do not depend on signs."""

    def compute(opcode: str, *given: np.ndarray) -> np.ndarray:
        bits = _type(opcode)[1]
        return operation(*given) & 1 if bits == 1 else _signed(operation(*given), bits)

    return compute


def _typed(operation: Callable) -> Callable:
    """An operation on signed numbers, or on unsigned ones."""

    def compute(opcode: str, *given: np.ndarray) -> np.ndarray:
        kind, bits = _type(opcode)
        return _signed(operation(*(_of_type(each, kind, bits) for each in given)), bits)

    return compute


def _wide(opcode: str, a: np.ndarray, b: np.ndarray, c: np.ndarray | int = 0) -> np.ndarray:
    kind, bits = _type(opcode)
    a, b = (_of_type(each, kind, bits).astype(np.int64) for each in (a, b))
    return _signed(a * b + c, 2 * bits)


def _convert(opcode: str, value: np.ndarray) -> np.ndarray:
    to = opcode.split(".")[1]
    return _signed(_of_type(value, *_type(opcode)), int(to[1:]))


def _shift_left(opcode: str, value: np.ndarray, by: np.ndarray) -> np.ndarray:
    bits, by = _type(opcode)[1], _unsigned(by, 32)
    return np.where(by < bits, _signed(value << np.minimum(by, 63).astype(np.int64), bits), 0)


def _shift_right(opcode: str, value: np.ndarray, by: np.ndarray) -> np.ndarray:
    kind, bits = _type(opcode)
    value, by = _of_type(value, kind, bits), _unsigned(by, 32)
    by = np.minimum(by, bits - 1 if kind == "s" else bits)
    shifted = value >> np.minimum(by, 63).astype(value.dtype)
    return _signed(np.where(by < 64, shifted, 0), bits)


def _extract(opcode: str, value: np.ndarray, start: np.ndarray, length: np.ndarray) -> np.ndarray:
    kind, _ = _type(opcode)
    field = (_unsigned(value, 32).astype(np.int64) >> (start & 31)) & ((1 << (length & 63)) - 1)
    if kind == "s":  # the field's highest bit is its sign
        is_negative = field >> np.maximum((length & 63) - 1, 0) & 1
        field = np.where(is_negative, field - (1 << (length & 63)), field)
    return _signed(field, 32)


def _compare(opcode: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    kind, bits = _type(opcode)
    compare = getattr(np, _COMPARISONS[opcode.split(".")[1]])
    return compare(_of_type(a, kind, bits), _of_type(b, kind, bits)).astype(np.int64)


_COMPARISONS = {
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater",
    "ge": "greater_equal", "lo": "less", "ls": "less_equal", "hi": "greater", "hs": "greater_equal",
}  # fmt: skip


def _lop3(
    opcode: str, a: np.ndarray, b: np.ndarray, c: np.ndarray, table: np.ndarray
) -> np.ndarray:
    result = np.zeros_like(a)
    for bit in range(8):
        if int(table[0]) >> bit & 1:
            x, y, z = (each if bit >> k & 1 else ~each for each, k in ((a, 2), (b, 1), (c, 0)))
            result |= x & y & z
    return result


_INTEGER, _BITS = "[usb](?:16|32|64)", "(?:b16|b32|b64|pred)"
_COMPUTE: dict[str, Callable[..., np.ndarray]] = {  # by the whole opcode
    rf"mov\.(?:{_INTEGER}|pred)": _plain(lambda a: a),
    r"cvt\.[us](?:8|16|32|64)\.[us](?:8|16|32|64)": _convert,
    rf"not\.{_BITS}": _plain(lambda a: ~a),
    rf"neg\.{_INTEGER}": _plain(lambda a: -a),
    rf"add\.{_INTEGER}": _plain(lambda a, b: a + b),
    rf"sub\.{_INTEGER}": _plain(lambda a, b: a - b),
    rf"mul\.lo\.{_INTEGER}": _plain(lambda a, b: a * b),
    rf"mad\.lo\.{_INTEGER}": _plain(lambda a, b, c: a * b + c),
    r"m(?:ul|ad)\.wide\.[us](?:16|32)": _wide,
    rf"and\.{_BITS}": _plain(lambda a, b: a & b),
    rf"or\.{_BITS}": _plain(lambda a, b: a | b),
    rf"xor\.{_BITS}": _plain(lambda a, b: a ^ b),
    r"lop3\.b32": _lop3,
    rf"shl\.{_INTEGER}": _shift_left,
    rf"shr\.{_INTEGER}": _shift_right,
    r"bfe\.[us]32": _extract,
    rf"min\.{_INTEGER}": _typed(np.minimum),
    rf"max\.{_INTEGER}": _typed(np.maximum),
    rf"selp\.{_INTEGER}": _plain(lambda a, b, holds: np.where(holds != 0, a, b)),
    rf"setp\.(?:{'|'.join(_COMPARISONS)})\.{_INTEGER}": _compare,
}
