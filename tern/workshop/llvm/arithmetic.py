"""What LLVM's instructions on integers compute, and when their result is poison.

Integers are non-negative Python ints below 2**width. Source: the LLVM Language Reference Manual,
"Binary Operations", "Bitwise Binary Operations", and "icmp".
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from tern.workshop.llvm.values import POISON, Poison, UndefinedBehavior

Flags = frozenset[str]


def signed(value: int, width: int) -> int:
    """The number that these bits are in two's complement."""
    return value - (1 << width) if value >> (width - 1) else value


def _fits(exact: int, width: int) -> bool:
    return -(1 << (width - 1)) <= exact < 1 << (width - 1)


def binary(opcode: str, a: int, b: int, width: int, flags: Flags = frozenset()) -> int | Poison:
    """One instruction of two integers of a width. UndefinedBehavior where it has any."""
    return OPERATIONS[opcode](a, b, width, flags)


def _wrapping(function: Callable[[int, int], int]) -> Callable[..., int | Poison]:
    """add, sub, mul: nuw and nsw promise that the exact result fits."""

    def operation(a: int, b: int, width: int, flags: Flags) -> int | Poison:
        if "nuw" in flags and not 0 <= function(a, b) < 1 << width:
            return POISON
        if "nsw" in flags and not _fits(function(signed(a, width), signed(b, width)), width):
            return POISON
        return function(a, b) % (1 << width)

    return operation


def _shl(a: int, b: int, width: int, flags: Flags) -> int | Poison:
    if b >= width:
        return POISON
    if "nuw" in flags and a << b >= 1 << width:
        return POISON
    if "nsw" in flags and not _fits(signed(a, width) << b, width):
        return POISON
    return (a << b) % (1 << width)


def _shifting_right(signedness: bool) -> Callable[..., int | Poison]:
    """lshr and ashr: exact promises that no bit is lost."""

    def operation(a: int, b: int, width: int, flags: Flags) -> int | Poison:
        if b >= width or ("exact" in flags and a % (1 << b)):
            return POISON
        return ((signed(a, width) if signedness else a) >> b) % (1 << width)

    return operation


def _unsigned_division(a: int, b: int, width: int, flags: Flags) -> int | Poison:
    if b == 0:
        raise UndefinedBehavior("division by zero")
    return POISON if "exact" in flags and a % b else a // b


def _unsigned_remainder(a: int, b: int, width: int, flags: Flags) -> int:
    if b == 0:
        raise UndefinedBehavior("division by zero")
    return a % b


def _divided(a: int, b: int, width: int) -> tuple[int, int]:
    """Quotient, rounded toward zero, and remainder, which has the dividend's sign."""
    x, y = signed(a, width), signed(b, width)
    if y == 0:
        raise UndefinedBehavior("division by zero")
    if y == -1 and not _fits(-x, width):
        raise UndefinedBehavior("the quotient does not fit")
    quotient = abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
    return quotient, x - quotient * y


def _signed_division(a: int, b: int, width: int, flags: Flags) -> int | Poison:
    quotient, remainder = _divided(a, b, width)
    return POISON if "exact" in flags and remainder else quotient % (1 << width)


def _signed_remainder(a: int, b: int, width: int, flags: Flags) -> int:
    return _divided(a, b, width)[1] % (1 << width)


def _or(a: int, b: int, width: int, flags: Flags) -> int | Poison:
    return POISON if "disjoint" in flags and a & b else a | b


OPERATIONS: dict[str, Callable[..., int | Poison]] = {
    "add": _wrapping(operator.add),
    "sub": _wrapping(operator.sub),
    "mul": _wrapping(operator.mul),
    "shl": _shl,
    "lshr": _shifting_right(False),
    "ashr": _shifting_right(True),
    "udiv": _unsigned_division,
    "urem": _unsigned_remainder,
    "sdiv": _signed_division,
    "srem": _signed_remainder,
    "and": lambda a, b, width, flags: a & b,
    "or": _or,
    "xor": lambda a, b, width, flags: a ^ b,
}
MAY_BE_UNDEFINED = frozenset(("udiv", "urem", "sdiv", "srem"))

COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def compare(predicate: str, a: int, b: int, width: int, flags: Flags = frozenset()) -> int | Poison:
    """1 or 0, as `icmp predicate` says."""
    if "samesign" in flags and (a ^ b) >> (width - 1):
        return POISON
    if predicate[0] == "s":
        a, b = signed(a, width), signed(b, width)
    return int(COMPARISONS[predicate[-2:]](a, b))


def cast(opcode: str, a: int, width: int, to: int, flags: Flags = frozenset()) -> int | Poison:
    """trunc, zext, sext from one width to another."""
    if opcode == "sext":
        return signed(a, width) % (1 << to)
    if opcode == "zext":
        return POISON if "nneg" in flags and a >> (width - 1) else a
    kept = a % (1 << to)
    if "nuw" in flags and kept != a:
        return POISON
    if "nsw" in flags and signed(kept, to) != signed(a, width):
        return POISON
    return kept


def _saturating(function: Callable[[int, int], int], signedness: bool) -> Callable[..., int]:
    def operation(a: int, b: int, width: int) -> int:
        if not signedness:
            return min(max(function(a, b), 0), (1 << width) - 1)
        exact = function(signed(a, width), signed(b, width))
        return min(max(exact, -(1 << (width - 1))), (1 << (width - 1)) - 1) % (1 << width)

    return operation


INTRINSICS: dict[str, Callable[[int, int, int], int | Poison]] = {
    "smax": lambda a, b, width: max(a, b, key=lambda x: signed(x, width)),
    "smin": lambda a, b, width: min(a, b, key=lambda x: signed(x, width)),
    "umax": lambda a, b, width: max(a, b),
    "umin": lambda a, b, width: min(a, b),
    "uadd.sat": _saturating(operator.add, False),
    "usub.sat": _saturating(operator.sub, False),
    "sadd.sat": _saturating(operator.add, True),
    "ssub.sat": _saturating(operator.sub, True),
    "abs": lambda a, strict, width: (
        POISON if strict and a == 1 << (width - 1) else abs(signed(a, width))
    ),
}
"""llvm.NAME.iN of two integers. Of `abs` the second says whether the least number is poison."""
