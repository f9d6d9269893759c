"""Seven plausible rules for i8, some of them wrong, and what shows it."""

from __future__ import annotations

import random
from typing import NamedTuple

from tern.workshop.llvm.ir_text import Function, parse_functions
from tern.workshop.llvm.refinement import Counterexample, refines

RULES = {
    "x * 2  →  x << 1, keep nsw": ("%r = mul nsw i8 %x, 2", "%r = shl nsw i8 %x, 1"),
    "x * -128  →  x << 7, keep nsw": ("%r = mul nsw i8 %x, -128", "%r = shl nsw i8 %x, 7"),
    "x * 2  →  x + x": ("%r = mul i8 %x, 2", "%r = add i8 %x, %x"),
    "(x + 100) + 100  →  x + 200, keep nsw": (
        "%a = add nsw i8 %x, 100\n%r = add nsw i8 %a, 100",
        "%r = add nsw i8 %x, -56",
    ),
    "x sdiv 2  →  x ashr 1": ("%r = sdiv i8 %x, 2", "%r = ashr i8 %x, 1"),
    "(x << 3) lshr 3  →  x & 31": (
        "%a = shl i8 %x, 3\n%r = lshr i8 %a, 3",
        "%r = and i8 %x, 31",
    ),
    "select (x == 0), (y == 0), false  →  (x | y) == 0": (
        "%a = icmp eq i8 %x, 0\n%b = icmp eq i8 %y, 0\n"
        "%s = select i1 %a, i1 %b, i1 false\n%r = zext i1 %s to i8",
        "%a = or i8 %x, %y\n%b = icmp eq i8 %a, 0\n%r = zext i1 %b to i8",
    ),
}
"""By its name, what stands there before, and after: bodies of a function of %x and %y."""


class Tried(NamedTuple):
    """A row of a table: a rule, arguments with which it is wrong, what was right, what is now."""

    rule: str
    example: str
    was: str
    now: str


def tried(rule: str) -> Tried:
    """One of RULES, on all arguments, poison and undef among them."""
    before, after = map(_parsed, RULES[rule])
    for seed in range(4):
        if found := refines(before, after, random.Random(seed)):
            return _row(rule, found)
    return Tried(f"`{rule}`", "none", "", "")


def _parsed(body: str) -> Function:
    return parse_functions(f"define i8 @f(i8 %x, i8 %y) {{\n{body}\nret i8 %r\n}}")["f"]


def _row(rule: str, found: Counterexample) -> Tried:
    x, y = map(_signed, found.arguments)
    example = f"x = {x}, y = {y}" if "y" in rule.replace("keep", "") else f"x = {x}"
    return Tried(f"`{rule}`", example, _signed(found.expected), _signed(found.actual))


def _signed(value: object) -> str:
    """An i8 with its sign, if it is a number."""
    text = str(value)
    return str((int(text) ^ 128) - 128) if text.isdigit() else text.partition(":")[0]
