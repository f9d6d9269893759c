"""What a program in LLVM IR does: gives a number, gives poison, or has undefined behavior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.parts import part
from tern.workshop.llvm.blocks import (
    POISON,
    UNDEF,
    Choose,
    Pointer,
    Undefined,
    every_choice,
)
from tern.workshop.llvm.reading import Instruction, read_ir
from tern.workshop.llvm.running import Run


def signed(value: int, bits: int) -> int:
    """The number that `bits` bits are in two's complement."""
    return value - (1 << bits) if value >> (bits - 1) else value


def arithmetic(opcode: str, flags: frozenset[str], bits: int, a: Any, b: Any) -> Any:
    """One of add, sub, mul, and, or, xor, of two values: poison of poison, and where a flag's
    promise is broken."""
    if POISON in (a, b):
        return POISON
    compute = {
        "add": lambda x, y: x + y,
        "sub": lambda x, y: x - y,
        "mul": lambda x, y: x * y,
        "and": lambda x, y: x & y,
        "or": lambda x, y: x | y,
        "xor": lambda x, y: x ^ y,
    }[opcode]
    result = compute(a, b) % (1 << bits)
    if "nuw" in flags and compute(a, b) != result:
        return POISON
    if "nsw" in flags and compute(signed(a, bits), signed(b, bits)) != signed(result, bits):
        return POISON
    if "disjoint" in flags and a & b:
        return POISON
    return result


def division(opcode: str, flags: frozenset[str], bits: int, a: Any, b: Any) -> Any:
    """udiv, urem, sdiv, srem: by zero, by poison, and the quotient that does not fit, are undefined
    behavior; `exact` is poison if something is left over."""
    if b in (0, POISON):
        raise Undefined(f"division by {b}")
    if a == POISON:
        return POISON
    if opcode[0] == "s":
        a, b = signed(a, bits), signed(b, bits)
        if (a, b) == (-(1 << (bits - 1)), -1):
            raise Undefined("the quotient does not fit")
    quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)  # toward zero
    left = a - quotient * b
    if "exact" in flags and left:
        return POISON
    return (quotient if opcode.endswith("div") else left) % (1 << bits)


def shift(opcode: str, flags: frozenset[str], bits: int, a: Any, by: Any) -> Any:
    """shl, lshr, ashr: poison by the width or more, and where a flag's promise is broken."""
    if POISON in (a, by) or by >= bits:
        return POISON
    if opcode == "shl":
        result = (a << by) % (1 << bits)
        lost = "nuw" in flags and result != a << by
        turned = "nsw" in flags and signed(result, bits) != signed(a, bits) << by
        return POISON if lost or turned else result
    if "exact" in flags and a % (1 << by):
        return POISON
    return ((signed(a, bits) if opcode == "ashr" else a) >> by) % (1 << bits)


def compare(flags: frozenset[str], bits: int, a: Any, b: Any) -> Any:
    """icmp: 1 or 0; `samesign` is poison where the signs differ. Pointers by eq and ne alone."""
    if POISON in (a, b):
        return POISON
    if isinstance(a, Pointer):
        return int((a[:2] == b[:2]) == ("eq" in flags))
    if "samesign" in flags and (a ^ b) >> (bits - 1):
        return POISON
    if any(predicate[0] == "s" for predicate in flags - {"samesign"}):
        a, b = signed(a, bits), signed(b, bits)
    (predicate,) = flags - {"samesign"}
    holds = {"eq": a == b, "ne": a != b, "gt": a > b, "ge": a >= b, "lt": a < b, "le": a <= b}
    return int(holds[predicate if predicate in holds else predicate[1:]])


def cast(opcode: str, flags: frozenset[str], bits: int, to: int, a: Any) -> Any:
    """zext, sext, trunc, from `bits` bits to `to`."""
    if a == POISON or ("nneg" in flags and a >> (bits - 1)):
        return POISON
    result = (signed(a, bits) if opcode == "sext" else a) % (1 << to)
    if opcode == "trunc" and "nuw" in flags and result != a:
        return POISON
    if opcode == "trunc" and "nsw" in flags and signed(result, to) != signed(a, bits):
        return POISON
    return result


def compute(each: Instruction, values: list[Any], choose: Choose) -> Any:
    """What an instruction without memory or control flow gives. Each use of undef is any number;
    but select passes on what it does not look at, and freeze chooses once."""
    bits = int(each.type[1:]) if each.type != "ptr" else 64
    if each.opcode == "freeze":
        return choose(bits) if values[0] in (POISON, UNDEF) else values[0]
    if each.opcode == "select":
        condition = choose(1) if values[0] == UNDEF else values[0]
        return POISON if condition == POISON else values[1 if condition else 2]
    values = [choose(bits) if value == UNDEF else value for value in values]
    match each.opcode:
        case "icmp":
            return compare(each.flags, bits, *values)
        case "zext" | "sext" | "trunc":
            return cast(each.opcode, each.flags, bits, int(str(each.to)[1:]), *values)
        case "udiv" | "urem" | "sdiv" | "srem":
            return division(each.opcode, each.flags, bits, *values)
        case "shl" | "lshr" | "ashr":
            return shift(each.opcode, each.flags, bits, *values)
    return arithmetic(each.opcode, each.flags, bits, *values)


@part(
    "workshop.llvm.verdict",
    helpers=(signed, arithmetic, division, shift, compare, cast, compute),
)
def verdict(ir: str, arguments: Sequence[int]) -> str:
    """What the first function of a text does, called with these numbers.

    "undefined behavior" if it has that for any choice of undef and of what is frozen; else
    "poison" if it may give poison; else the number, of signed bits ("-1"; an i1 is 0 or 1), or
    "any" if which one it is depends on the choice. Every way through ends in time. O(steps), for
    each choice.
    """
    functions = read_ir(ir)
    function = next(iter(functions.values()))
    given = [a % (1 << int(type[1:])) for a, (type, _) in zip(arguments, function.parameters)]

    def run(choose: Choose) -> str:
        try:
            result = Run(functions, compute, choose).call(function, given)
        except Undefined:
            return "undefined behavior"
        return "any" if result == UNDEF else str(result)

    found = every_choice(run)
    for worst in ("undefined behavior", POISON):
        if worst in found:
            return worst
    if len(found) > 1 or found == {"any"}:
        return "any"
    bits = int(function.type[1:])
    return str(signed(int(found.pop()), bits) if bits > 1 else int(found.pop()))
