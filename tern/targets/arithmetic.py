"""Integer division as MLIR's arith has it, for code that tern writes in Python."""

from __future__ import annotations


def divide(a, b):
    """a / b rounded toward zero. ZeroDivisionError for b = 0."""
    if b == 0:
        raise ZeroDivisionError("integer division by zero")
    quotient = a // b
    if quotient < 0 and quotient * b != a:
        quotient += 1
    return quotient


def remainder(a, b):
    """What `divide` leaves, with the sign of a. ZeroDivisionError for b = 0."""
    if b == 0:
        raise ZeroDivisionError("integer remainder by zero")
    left = a % b
    if left != 0 and (a < 0) != (b < 0):
        left -= b
    return left
