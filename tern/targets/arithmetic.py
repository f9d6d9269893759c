"""What code that tern writes in Python calls: MLIR's integer division, and checked subscripts."""

from __future__ import annotations


def divide(a: int, b: int, minimum: int) -> int:
    """a / b rounded toward zero. ZeroDivisionError for b = 0, and OverflowError for the type's
    least number by -1."""
    if b == 0:
        raise ZeroDivisionError("integer division by zero")
    if b == -1 and a == minimum:
        raise OverflowError("the quotient of an integer division does not fit its type")
    quotient = a // b
    if quotient < 0 and quotient * b != a:
        quotient += 1
    return quotient


def remainder(a: int, b: int, minimum: int) -> int:
    """What `divide` leaves, with the sign of a. The errors are the same."""
    if b == 0:
        raise ZeroDivisionError("integer remainder by zero")
    if b == -1 and a == minimum:
        raise OverflowError("the quotient of an integer division does not fit its type")
    left = a % b
    if left != 0 and (a < 0) != (b < 0):
        left -= b
    return left


def inside(index: int, size: int) -> int:
    """A subscript that is known only when the loops run. IndexError if it is outside."""
    if index < 0 or index >= size:
        raise IndexError("a subscript is outside of its buffer")
    return index


def divide_unsigned(a: int, b: int) -> int:
    """a // b of numbers without a sign. ZeroDivisionError for b = 0."""
    if b == 0:
        raise ZeroDivisionError("integer division by zero")
    return a // b


def remainder_unsigned(a: int, b: int) -> int:
    """What `divide_unsigned` leaves. ZeroDivisionError for b = 0."""
    if b == 0:
        raise ZeroDivisionError("integer remainder by zero")
    return a % b


HELPERS = {
    helper.__name__: helper
    for helper in (divide, divide_unsigned, inside, remainder, remainder_unsigned)
}
"""By name, as the emitted text calls them."""
