"""What AArch64's instructions do, as far as tern uses them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial

from tern.machine.aarch64 import AARCH64
from tern.machine.processor import (
    MASK,
    Get,
    State,
    Step,
    conditions,
    constant,
    divided,
    from_float,
    names_of,
    root,
    signed,
    to_float,
    truncated,
    unsigned,
)
from tern.numbers import round_to
from tern.types import f32, f64

NAMES = {**names_of(AARCH64.spelling), "sp": ("sp", 8)}
_SLOT = re.compile(r"\[sp, #(\d+)\]")

CONDITIONS = {
    "eq": ("unsigned", "=="), "ne": ("unsigned", "!="), "lt": ("signed", "<"),
    "le": ("signed", "<="), "gt": ("signed", ">"), "ge": ("signed", ">="),
    "lo": ("unsigned", "<"), "ls": ("unsigned", "<="),
    "hi": ("unsigned", ">"), "hs": ("unsigned", ">="),
}  # fmt: skip
# After fcmp, where NaN leaves N and Z clear, and C and V set.
OF_FLOATS = {
    "eq": ("float", "=="), "ne": ("?", "!="), "mi": ("float", "<"), "ls": ("float", "<="),
    "gt": ("float", ">"), "ge": ("float", ">="), "lt": ("?", "<"), "le": ("?", "<="),
    "hi": ("?", ">"), "pl": ("?", ">="), "vc": ("float", "ordered"), "vs": ("?", "unordered"),
}  # fmt: skip

condition = partial(conditions, CONDITIONS, OF_FLOATS)


def size_of(text: str) -> int:
    return NAMES[text][1]


def getter(text: str, size: int) -> Get:
    """What reads a register or a constant, as an unsigned number of the size."""
    if text.startswith("#"):
        return constant(unsigned(int(text[1:]), size))
    if text in ("wzr", "xzr"):
        return constant(0)
    full, _ = NAMES[text]
    return lambda s: unsigned(s.registers[full], size)


def setter(text: str) -> Callable[[State, int], None]:
    """What writes a register; the half that is not named becomes zero."""
    full, size = NAMES[text]

    def write(s: State, value: int) -> None:
        s.registers[full] = unsigned(value, size)

    return write


_INTEGERS: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "and": lambda a, b: a & b,
    "orr": lambda a, b: a | b,
    "eor": lambda a, b: a ^ b,
}
_FLOATS: dict[str, Callable[[float, float], float]] = {
    "fadd": lambda a, b: a + b,
    "fsub": lambda a, b: a - b,
    "fmul": lambda a, b: a * b,
    "fdiv": divided,
    "fmax": lambda a, b: _maximum(a, b),
    "fmin": lambda a, b: -_maximum(-a, -b),
}
_ONE_FLOAT: dict[str, Callable[[float], float]] = {
    "fsqrt": root,
    "fneg": lambda a: -a,
    "fabs": abs,
}


def _maximum(a: float, b: float) -> float:
    if a != a or b != b:
        return math.nan
    if a == b:
        return a if math.copysign(1.0, a) > 0 else b
    return max(a, b)


def decode(mnemonic: str, ops: list[str], labels: dict[str, int]) -> Step:
    """What one instruction does. KeyError for one that tern does not use."""
    if mnemonic in ("b", "bl", "ret"):
        return _jump(mnemonic, labels[ops[0]] if ops else 0)
    if mnemonic.startswith("b."):
        decided, target = condition(mnemonic[2:]), labels[ops[0]]
        return lambda s, following: target if decided(s) else None
    if mnemonic in ("cbz", "cbnz"):
        return _branch_on_zero(ops[0], labels[ops[1]], mnemonic == "cbz")
    if mnemonic in _INTEGERS:
        return _integer(_INTEGERS[mnemonic], ops)
    if mnemonic in _FLOATS:
        return _float(_FLOATS[mnemonic], ops)
    if mnemonic in _ONE_FLOAT:
        compute = _ONE_FLOAT[mnemonic]
        return _float(lambda a, b: compute(b), [ops[0], ops[1], ops[1]])
    if mnemonic in ("lsl", "asr", "lsr"):
        return _shift(mnemonic, ops)
    return _OTHERS[mnemonic](ops)


def _jump(mnemonic: str, target: int) -> Step:
    def b(s: State, following: int) -> int:
        return target

    def bl(s: State, following: int) -> int:
        s.registers["x30"] = following
        s.flags = None
        return target

    def ret(s: State, following: int) -> int:
        return signed(s.registers["x30"], 8)

    return {"b": b, "bl": bl, "ret": ret}[mnemonic]


def _branch_on_zero(text: str, target: int, zero: bool) -> Step:
    read = getter(text, size_of(text))
    return lambda s, following: target if (read(s) == 0) is zero else None


def _integer(compute: Callable[[int, int], int], ops: list[str]) -> Step:
    """Two operands, of which the second may be shifted: `add x0, x1, x2, lsl #3`."""
    size = size_of(ops[0])
    left, right, write = getter(ops[1], size), getter(ops[2], size), setter(ops[0])
    shift = int(ops[3].removeprefix("lsl #")) if len(ops) == 4 else 0
    return lambda s, following: write(s, compute(left(s), right(s) << shift))


def _shift(mnemonic: str, ops: list[str]) -> Step:
    size = size_of(ops[0])
    read, by, write = getter(ops[1], size), getter(ops[2], size), setter(ops[0])

    def step(s: State, following: int) -> None:
        value, amount = read(s), by(s) & (8 * size - 1)
        if mnemonic == "lsl":
            write(s, value << amount)
        else:
            write(s, (signed(value, size) if mnemonic == "asr" else value) >> amount)

    return step


def _float(compute: Callable[[float, float], float], ops: list[str]) -> Step:
    size = size_of(ops[0])
    left, right, write = getter(ops[1], size), getter(ops[2], size), setter(ops[0])

    def step(s: State, following: int) -> None:
        result = compute(to_float(left(s), size), to_float(right(s), size))
        write(s, from_float(result, size))

    return step


def _multiply_add(ops: list[str], sign: int) -> Step:
    size = size_of(ops[0])
    a, b, c = (getter(op, size) for op in ops[1:])
    write = setter(ops[0])
    return lambda s, following: write(s, c(s) + sign * a(s) * b(s))


def _divide(ops: list[str], read_as: Callable[[int, int], int]) -> Step:
    size = size_of(ops[0])
    left, right, write = getter(ops[1], size), getter(ops[2], size), setter(ops[0])

    def step(s: State, following: int) -> None:
        a, b = read_as(left(s), size), read_as(right(s), size)
        assert b != 0, "a division by zero is reached without a check"
        quotient = abs(a) // abs(b)
        write(s, -quotient if (a < 0) != (b < 0) else quotient)

    return step


def _move(ops: list[str]) -> Step:
    read, write = getter(ops[1], 8 if ops[1] == "sp" else size_of(ops[0])), setter(ops[0])
    return lambda s, following: write(s, read(s))


def _move_wide(ops: list[str], keep: bool) -> Step:
    full, size = NAMES[ops[0]]
    value = int(ops[1][1:])
    shift = int(ops[2].removeprefix("lsl #")) if len(ops) == 3 else 0

    def step(s: State, following: int) -> None:
        old = s.registers[full] & ~(0xFFFF << shift) if keep else 0
        s.registers[full] = unsigned(old | value << shift, size)

    return step


def _neg(ops: list[str]) -> Step:
    read, write = getter(ops[1], size_of(ops[1])), setter(ops[0])
    return lambda s, following: write(s, -read(s))


def _extend(ops: list[str]) -> Step:
    read, write = getter(ops[1], 4), setter(ops[0])
    return lambda s, following: write(s, signed(read(s), 4))


def _compare(ops: list[str], how: str) -> Step:
    size = size_of(ops[0])
    left, right = getter(ops[0], size), getter(ops[1], size)

    def step(s: State, following: int) -> None:
        a, b = left(s), right(s)
        if how == "tst":
            a, b = a & b, 0
        s.flags = (str(size), a, unsigned(-b, size) if how == "cmn" else b)

    return step


def _fcmp(ops: list[str]) -> Step:
    size = size_of(ops[0])
    left, right = getter(ops[0], size), getter(ops[1], size)

    def step(s: State, following: int) -> None:
        s.flags = ("float", to_float(left(s), size), to_float(right(s), size))

    return step


def _select(ops: list[str]) -> Step:
    size = size_of(ops[0])
    then, otherwise, write = getter(ops[1], size), getter(ops[2], size), setter(ops[0])
    decided = condition(ops[3])
    return lambda s, following: write(s, then(s) if decided(s) else otherwise(s))


def _cset(ops: list[str]) -> Step:
    write, decided = setter(ops[0]), condition(ops[1])
    return lambda s, following: write(s, int(decided(s)))


def _slot(text: str) -> Get:
    at = int(_SLOT.fullmatch(text)[1])
    return lambda s: s.registers["sp"] + at


def _ldr(ops: list[str]) -> Step:
    size, where, write = size_of(ops[0]), _slot(ops[1]), setter(ops[0])
    return lambda s, following: write(s, s.read(where(s), size))


def _str(ops: list[str]) -> Step:
    size, where = size_of(ops[0]), _slot(ops[1])
    read = getter(ops[0], size)
    return lambda s, following: s.write(where(s), size, read(s))


def _to_float(ops: list[str]) -> Step:
    width, size = size_of(ops[1]), size_of(ops[0])
    read, write = getter(ops[1], width), setter(ops[0])

    def step(s: State, following: int) -> None:
        rounded = round_to(signed(read(s), width), f32 if size == 4 else f64)
        write(s, from_float(rounded, size))

    return step


def _to_integer(ops: list[str]) -> Step:
    width, size = size_of(ops[0]), size_of(ops[1])
    read, write = getter(ops[1], size), setter(ops[0])
    return lambda s, following: write(s, truncated(to_float(read(s), size), width))


def _convert(ops: list[str]) -> Step:
    before, after = size_of(ops[1]), size_of(ops[0])
    read, write = getter(ops[1], before), setter(ops[0])
    return lambda s, following: write(s, from_float(to_float(read(s), before), after) & MASK)


_OTHERS: dict[str, Callable[[list[str]], Step]] = {
    "mov": _move,
    "fmov": _move,
    "movz": lambda ops: _move_wide(ops, keep=False),
    "movk": lambda ops: _move_wide(ops, keep=True),
    "neg": _neg,
    "sxtw": _extend,
    "madd": lambda ops: _multiply_add(ops, 1),
    "msub": lambda ops: _multiply_add(ops, -1),
    "sdiv": lambda ops: _divide(ops, signed),
    "udiv": lambda ops: _divide(ops, unsigned),
    "cmp": lambda ops: _compare(ops, "cmp"),
    "cmn": lambda ops: _compare(ops, "cmn"),
    "tst": lambda ops: _compare(ops, "tst"),
    "fcmp": _fcmp,
    "csel": _select,
    "fcsel": _select,
    "cset": _cset,
    "ldr": _ldr,
    "str": _str,
    "scvtf": _to_float,
    "fcvtzs": _to_integer,
    "fcvt": _convert,
}
