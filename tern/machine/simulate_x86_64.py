"""What x86-64's instructions do, as far as tern uses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

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
from tern.machine.x86_64 import X86_64
from tern.numbers import round_to
from tern.types import f32, f64

NAMES = names_of(X86_64.spelling)
_MEMORY = re.compile(r"(\w+) ptr \[rsp \+ (\d+)\]")
_SIZES = {"dword": 4, "qword": 8}

CONDITIONS = {
    "e": ("unsigned", "=="), "ne": ("unsigned", "!="), "l": ("signed", "<"), "le": ("signed", "<="),
    "g": ("signed", ">"), "ge": ("signed", ">="), "b": ("unsigned", "<"), "be": ("unsigned", "<="),
    "a": ("unsigned", ">"), "ae": ("unsigned", ">="),
}  # fmt: skip
# After ucomisd: all flags are set if one is NaN.
OF_FLOATS = {
    "e": ("?", "=="), "ne": ("float", "!="), "b": ("?", "<"), "be": ("?", "<="),
    "a": ("float", ">"), "ae": ("float", ">="), "p": ("?", "unordered"), "np": ("float", "ordered"),
}  # fmt: skip

condition = partial(conditions, CONDITIONS, OF_FLOATS)


def size_of(text: str) -> int:
    """How many bytes an operand has."""
    if found := _MEMORY.fullmatch(text):
        return _SIZES[found[1]]
    return NAMES[text][1]


def getter(text: str, size: int) -> Get:
    """What reads an operand, as an unsigned number of the size."""
    if found := _MEMORY.fullmatch(text):
        at = int(found[2])
        return lambda s: s.read(s.registers["rsp"] + at, size)
    if text in NAMES:
        full, _ = NAMES[text]
        return lambda s: unsigned(s.registers[full], size)
    return constant(unsigned(int(text), size))


def setter(text: str, size: int) -> Callable[[State, int], None]:
    """What writes an operand. Four bytes clear a register's upper half, one leaves the rest."""
    if found := _MEMORY.fullmatch(text):
        at = int(found[2])
        return lambda s, value: s.write(s.registers["rsp"] + at, size, value)
    full, _ = NAMES[text]
    if size == 1:

        def low(s: State, value: int) -> None:
            s.registers[full] = s.registers[full] & ~0xFF | value & 0xFF

        return low

    def whole(s: State, value: int) -> None:
        s.registers[full] = unsigned(value, size)

    return whole


def address(text: str) -> Get:
    """What `[base + index*scale + offset]` is, for `lea`."""
    parts: list[tuple[str, int]] = []
    offset = 0
    for term in text.strip("[]").replace(" - ", " + -").split(" + "):
        name, _, scale = term.partition("*")
        if name in NAMES:
            parts.append((NAMES[name][0], int(scale or 1)))
        else:
            offset += int(name)
    return lambda s: offset + sum([s.registers[name] * scale for name, scale in parts])


_INTEGERS: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "imul": lambda a, b: a * b,
}
_FLOATS: dict[str, Callable[[float, float], float]] = {
    "adds": lambda a, b: a + b,
    "subs": lambda a, b: a - b,
    "muls": lambda a, b: a * b,
    "divs": divided,
    "sqrts": lambda a, b: root(b),
}


def decode(mnemonic: str, ops: list[str], labels: dict[str, int]) -> Step:
    """What one instruction does. KeyError for one that tern does not use."""
    if mnemonic in ("jmp", "call", "ret"):
        return _jump(mnemonic, labels[ops[0]] if ops else 0)
    for prefix, make in (("cmov", _cmov), ("set", _set)):
        if mnemonic.startswith(prefix):
            return make(condition(mnemonic[len(prefix) :]), ops)
    if mnemonic[0] == "j":
        return _branch(condition(mnemonic[1:]), labels[ops[0]])
    if mnemonic in _INTEGERS:
        return _integer(_INTEGERS[mnemonic], ops)
    if mnemonic[:-1] in _FLOATS:
        return _float(_FLOATS[mnemonic[:-1]], ops, 4 if mnemonic[-1] == "s" else 8)
    if mnemonic in ("shl", "sar", "shr"):
        return _shift(mnemonic, ops)
    return _OTHERS[mnemonic](ops)


def _jump(mnemonic: str, target: int) -> Step:
    def jmp(s: State, following: int) -> int:
        return target

    def call(s: State, following: int) -> int:
        s.registers["rsp"] -= 8
        at = s.registers["rsp"]
        s.memory[at : at + 8] = following.to_bytes(8, "little")
        s.flags = None
        return target

    def ret(s: State, following: int) -> int:
        at = s.registers["rsp"]
        s.registers["rsp"] += 8
        return signed(int.from_bytes(s.memory[at : at + 8], "little"), 8)

    return {"jmp": jmp, "call": call, "ret": ret}[mnemonic]


def _branch(decided: Callable[[State], bool], target: int) -> Step:
    return lambda s, following: target if decided(s) else None


def _cmov(decided: Callable[[State], bool], ops: list[str]) -> Step:
    size = size_of(ops[0])
    read, old, write = getter(ops[1], size), getter(ops[0], size), setter(ops[0], size)

    def step(s: State, following: int) -> None:
        value = read(s)  # x86 reads it in any case
        write(s, value if decided(s) else old(s))

    return step


def _set(decided: Callable[[State], bool], ops: list[str]) -> Step:
    write = setter(ops[0], 1)
    return lambda s, following: write(s, int(decided(s)))


def _integer(compute: Callable[[int, int], int], ops: list[str]) -> Step:
    size = size_of(ops[0])
    left, right = (getter(op, size) for op in ops[-2:])
    write = setter(ops[0], size)

    def step(s: State, following: int) -> None:
        write(s, compute(left(s), right(s)))
        s.flags = None

    return step


def _shift(mnemonic: str, ops: list[str]) -> Step:
    size = size_of(ops[0])
    read, write, by = getter(ops[0], size), setter(ops[0], size), getter(ops[1], 1)

    def step(s: State, following: int) -> None:
        value, amount = read(s), by(s) & (8 * size - 1)
        if mnemonic == "shl":
            write(s, value << amount)
        else:
            write(s, (signed(value, size) if mnemonic == "sar" else value) >> amount)
        s.flags = None

    return step


def _float(compute: Callable[[float, float], float], ops: list[str], size: int) -> Step:
    left, right, write = getter(ops[0], size), getter(ops[1], size), setter(ops[0], size)

    def step(s: State, following: int) -> None:
        result = compute(to_float(left(s), size), to_float(right(s), size))
        write(s, from_float(result, size))

    return step


def _move(ops: list[str], size: int = 0) -> Step:
    size = size or size_of(ops[0])
    read, write = getter(ops[1], size), setter(ops[0], size)
    return lambda s, following: write(s, read(s))


def _extend(ops: list[str], size: int, read_as: Callable[[int, int], int]) -> Step:
    read, write = getter(ops[1], size), setter(ops[0], size_of(ops[0]))
    return lambda s, following: write(s, read_as(read(s), size))


def _lea(ops: list[str]) -> Step:
    read, write = address(ops[1]), setter(ops[0], size_of(ops[0]))
    return lambda s, following: write(s, read(s))


def _neg(ops: list[str]) -> Step:
    size = size_of(ops[0])
    read, write = getter(ops[0], size), setter(ops[0], size)

    def step(s: State, following: int) -> None:
        write(s, -read(s))
        s.flags = None

    return step


def _compare(ops: list[str], together: bool = False) -> Step:
    size = size_of(ops[0])
    left, right = getter(ops[0], size), getter(ops[1], size)

    def step(s: State, following: int) -> None:
        a, b = left(s), right(s)
        s.flags = (str(size), a & b, 0) if together else (str(size), a, b)

    return step


def _ucomis(ops: list[str], size: int) -> Step:
    left, right = getter(ops[0], size), getter(ops[1], size)

    def step(s: State, following: int) -> None:
        s.flags = ("float", to_float(left(s), size), to_float(right(s), size))

    return step


def _widen(size: int) -> Step:
    """cdq and cqo: rdx is filled with the sign of rax."""

    def step(s: State, following: int) -> None:
        sign = -1 if signed(s.registers["rax"], size) < 0 else 0
        s.registers["rdx"] = unsigned(sign, size)

    return step


def _divide(ops: list[str], is_signed: bool) -> Step:
    size = size_of(ops[0])
    read = getter(ops[0], size)

    def step(s: State, following: int) -> None:
        both = unsigned(s.registers["rdx"], size) << 8 * size | unsigned(s.registers["rax"], size)
        by = read(s)
        if is_signed:
            both, by = signed(both, 2 * size), signed(by, size)
        assert by != 0, "a division by zero is reached without a check"
        quotient = abs(both) // abs(by)
        quotient = -quotient if (both < 0) != (by < 0) else quotient
        kept = signed(quotient, size) if is_signed else unsigned(quotient, size)
        assert kept == quotient, "a quotient that does not fit is reached without a check"
        s.registers["rax"] = unsigned(quotient, size)
        s.registers["rdx"] = unsigned(both - quotient * by, size)
        s.flags = None

    return step


def _to_float(ops: list[str], size: int) -> Step:
    width = size_of(ops[1])
    read, write = getter(ops[1], width), setter(ops[0], size)

    def step(s: State, following: int) -> None:
        rounded = round_to(signed(read(s), width), f32 if size == 4 else f64)
        write(s, from_float(rounded, size))

    return step


def _to_integer(ops: list[str], size: int) -> Step:
    width = size_of(ops[0])
    read, write = getter(ops[1], size), setter(ops[0], width)
    return lambda s, following: write(s, truncated(to_float(read(s), size), width))


def _convert(ops: list[str], before: int, after: int) -> Step:
    read, write = getter(ops[1], before), setter(ops[0], after)
    return lambda s, following: write(s, from_float(to_float(read(s), before), after))


def _bitwise(ops: list[str], compute: Callable[[int, int], int]) -> Step:
    left, right, write = getter(ops[0], 8), getter(ops[1], 8), setter(ops[0], 8)
    return lambda s, following: write(s, compute(left(s), right(s)) & MASK)


_OTHERS: dict[str, Callable[[list[str]], Step]] = {
    "mov": _move,
    "movabs": _move,
    "movaps": lambda ops: _move(ops, 8),
    "movsd": lambda ops: _move(ops, 8),
    "movq": lambda ops: _move(ops, 8),
    "movd": lambda ops: _move(ops, 4),
    "movsxd": lambda ops: _extend(ops, 4, signed),
    "movzx": lambda ops: _extend(ops, 1, unsigned),
    "lea": _lea,
    "neg": _neg,
    "cmp": _compare,
    "test": lambda ops: _compare(ops, together=True),
    "ucomiss": lambda ops: _ucomis(ops, 4),
    "ucomisd": lambda ops: _ucomis(ops, 8),
    "cdq": lambda ops: _widen(4),
    "cqo": lambda ops: _widen(8),
    "idiv": lambda ops: _divide(ops, is_signed=True),
    "div": lambda ops: _divide(ops, is_signed=False),
    "cvtsi2ss": lambda ops: _to_float(ops, 4),
    "cvtsi2sd": lambda ops: _to_float(ops, 8),
    "cvttss2si": lambda ops: _to_integer(ops, 4),
    "cvttsd2si": lambda ops: _to_integer(ops, 8),
    "cvtss2sd": lambda ops: _convert(ops, 4, 8),
    "cvtsd2ss": lambda ops: _convert(ops, 8, 4),
    "xorps": lambda ops: _bitwise(ops, lambda a, b: a ^ b),
    "andps": lambda ops: _bitwise(ops, lambda a, b: a & b),
}
