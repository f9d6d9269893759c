"""Programs on which passes go wrong that seem right: each is one way to be too clever.

The calls are the ones that tell. `first_fall` runs a pass on all of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tern.ir import Operation, outcome, parse, verify
from tern.ir.dialects.arith.comparisons import FLOAT_PREDICATES, INTEGER_PREDICATES
from tern.workshop.validation.compare import difference
from tern.workshop.validation.trap_texts import ALGEBRA, CAPTURED, ENDLESS, IN_STEP, MEMORY

__all__ = ["CAPTURED", "Fall", "Trap", "all_traps", "first_fall"]

MAX_STEPS = 2_000
INTEGERS = (0, 1, -1, 7, -(2**31), 2**31 - 1)
FLOATS = (0.0, -0.0, 1.5, -2.0, float("inf"), float("nan"))
_OF_INTEGERS = "addi subi muli divsi remsi divui remui shli shrsi shrui andi ori xori".split()
_OF_FLOATS = "addf subf mulf divf maximumf minimumf".split()

Call = tuple[str, tuple[Any, ...]]
"""The name of a function, and its arguments."""


@dataclass(frozen=True)
class Trap:
    """A module, the calls that tell, and what one had to overlook to change what they come to.

    `calls` has the name of a function and its arguments, as often as you like; those in `endless`
    do not end, and must not afterwards.
    """

    text: str
    calls: tuple[Call, ...]
    why: str
    endless: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Fall:
    """A trap, and how a pass fell into it."""

    why: str
    told: str

    def __str__(self) -> str:
        return f"{self.why} {self.told}"


def first_fall(run_pass: Callable[[Operation], object]) -> Fall | None:
    """Run a pass on each trap's module, and make the calls before and after. None if all is well.

    VerifyError if what the pass leaves is no well-formed IR.
    """
    for trap in all_traps():
        before = parse(trap.text)
        after = before.clone()
        run_pass(after)
        verify(after)
        for name, given in trap.calls:
            found = difference(before, after, name, [given], MAX_STEPS, places=False)
            if found is not None:
                body = next(part for part in trap.text.split("func.func ") if f"@{name}(" in part)
                return Fall(trap.why, f"@{name} {found}, of\nfunc.func {body[:2_000]}")
        for name, given in trap.endless:
            if outcome(after, name, *given, max_steps=MAX_STEPS).ended:
                return Fall(trap.why, f"@{name} ends for {given}, and did not before\n{trap.text}")
    return None


@cache
def all_traps() -> tuple[Trap, ...]:
    return (_folds(), _float_folds(), _orders(), _long(), *_WRITTEN)


# made: operations on all pairs of operands that are tempting ----------------------------------


def _function(name: str, parameters: str, type: str, *lines: str) -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f"func.func @{name}({parameters}) -> {type} {{\n{body}\n}}\n"


def _folds() -> Trap:
    """An operation of an integer with itself, with another, and with a constant."""
    names = ["x", "y", "k0", "k1", "k2"]
    pairs = [("x", right) for right in names] + [(left, "x") for left in names[1:]]
    given = [(x, y) for x in INTEGERS for y in (3, -1)]
    texts, calls = _operations("i32", ("0", "1", "-1"), pairs, given)
    why = "An operation on integers is folded that wraps, fails, or differs for one number."
    return Trap("func.func private @elsewhere(i32) -> i32\n" + texts, tuple(calls), why)


def _float_folds() -> Trap:
    """The same of floats, and a choice between two."""
    names = ["k0", "k1", "k2"]
    pairs = [("x", "x"), *(("x", k) for k in names), *((k, "x") for k in names)]
    texts, calls = _operations("f32", ("0.0", "-0.0", "1.0"), pairs, [(x, 1.0) for x in FLOATS])
    for name, left, right in (("zeros", "0.0", "-0.0"), ("nan", "1.0", "0x7FC00000")):
        ways = {
            "select": ["%r = arith.select %c, %a, %b : f32"],
            "meet": ["cf.cond_br %c, ^end(%a : f32), ^end(%b : f32)", "^end(%r: f32):"],
        }
        for how, choice in ways.items():
            lines = [f"%a = arith.constant {left} : f32", f"%b = arith.constant {right} : f32"]
            lines += [*choice, "return %r : f32"]
            texts += _function(f"{how}_{name}", "%c: i1", "f32", *lines)
            calls += [(f"{how}_{name}", (c,)) for c in (True, False)]
    return Trap(texts, tuple(calls), "Floats have two zeros, and a NaN that equals nothing.")


def _operations(
    type: str, constants: Sequence[str], pairs: list[tuple[str, str]], given: list[tuple[Any, Any]]
) -> tuple[str, list[Call]]:
    """A function of x and y for each operation on each pair of names: of x, y, and constants."""
    known = [f"%k{i} = arith.constant {value} : {type}" for i, value in enumerate(constants)]
    texts, calls = "", []
    for number, (left, right) in enumerate(pairs):
        for word, (op, result) in {**_arithmetic(type), **_comparisons(type)}.items():
            lines = [*known, f"%r = {op} %{left}, %{right} : {type}", f"return %r : {result}"]
            name = f"{word}_{number}"
            texts += _function(name, f"%x: {type}, %y: {type}", result, *lines)
            calls += [(name, each) for each in given]
    return texts, calls


def _arithmetic(type: str) -> dict[str, tuple[str, str]]:
    """How each operation of a type is spelled, and the type of its result."""
    words = _OF_INTEGERS if type == "i32" else _OF_FLOATS
    return {word: (f"arith.{word}", type) for word in words}


def _comparisons(type: str) -> dict[str, tuple[str, str]]:
    word, predicates = ("cmpi", INTEGER_PREDICATES) if type == "i32" else ("cmpf", FLOAT_PREDICATES)
    return {predicate: (f"arith.{word} {predicate},", "i1") for predicate in predicates}


def _orders() -> Trap:
    """Each operation of x and y, of y and x, side by side: which of them are the same?"""
    texts, calls = "", []
    kinds: list[tuple[str, dict[str, tuple[str, str]], tuple[Any, ...]]] = [
        ("i32", _arithmetic("i32"), ((7, 3), (2, 9), (30, 5))),
        ("i32", _comparisons("i32"), ((7, -3), (-3, 7))),
        ("f32", _arithmetic("f32"), ((1.5, 4.0), (-2.0, 0.5))),
        ("f32", _comparisons("f32"), ((1.5, 4.0), (float("nan"), 1.0))),
    ]
    for number, (type, operations, pairs) in enumerate(kinds):
        ops = [
            (op, at, result) for op, result in operations.values() for at in ("%x, %y", "%y, %x")
        ]
        lines = [f"%r{i} = {op} {at} : {type}" for i, (op, at, _) in enumerate(ops)]
        types = ", ".join(result for *_, result in ops)
        lines.append(f"return {', '.join(f'%r{i}' for i in range(len(ops)))} : {types}")
        texts += _function(f"orders_{number}", f"%x: {type}, %y: {type}", f"({types})", *lines)
        calls += [(f"orders_{number}", pair) for pair in pairs]
    why = "Two operations are taken for one, though only some commute, and each is another."
    return Trap(texts, tuple(calls), why)


def _long(length: int = 250) -> Trap:
    """A function of 1,000 operations in a row of diamonds, all of which have a say in it."""
    lines, value = [], "%x"
    for i in range(length):
        word = ("addi", "subi", "xori")[i * i % 7 % 3]
        operands = f"{value}, %y" if i % 5 else f"%y, {value}"
        lines += [
            f"  %a{i} = arith.{word} {operands} : i32",
            f"  %c{i} = arith.cmpi slt, %a{i}, %y : i32",
            f"  cf.cond_br %c{i}, ^then{i}, ^end{i}(%a{i} : i32)",
            f"^then{i}:",
            f"  %b{i} = arith.subi %x, %a{i} : i32",
            f"  cf.br ^end{i}(%b{i} : i32)",
            f"^end{i}(%v{i}: i32):",
        ]
        value = f"%v{i}"
    text = _function("long", "%x: i32, %y: i32", "i32", *lines, f"return {value} : i32")
    calls = tuple(("long", (x, y)) for x in (5, -70) for y in (3, -1))
    return Trap(text, calls, "A function of 1,000 operations is as right as a small one.")


def _all_calls(name: str, *values: tuple[Any, ...]) -> Iterator[Call]:
    yield from ((name, given) for given in itertools.product(*values))


# written by hand: trap_texts ----------------------------------------------------------------------

_TWO = [(n, c) for n in (1, 3) for c in (True, False)]
_WRITTEN = (
    Trap(
        ALGEBRA,
        tuple(
            call
            for name in ("quotient", "difference_below_zero", "more_than_before", "main")
            for call in _all_calls(name, INTEGERS, INTEGERS[1:])
        ),
        "Integers wrap around, so not all that is true of numbers is true of them.",
    ),
    Trap(
        IN_STEP,
        tuple(
            call
            for name in ("sides", "turned", "swapped", "predicates")
            for call in _all_calls(name, (5, 2), (2, 9), (0, 1, 2, 3))
        ),
        "Two arguments that begin alike are one only if each iteration does the same to both.",
    ),
    Trap(
        MEMORY,
        tuple((name, given) for name in ("once", "passed_around") for given in _TWO),
        "Two names may be those of one buffer: parameters, and what blocks are passed.",
    ),
    Trap(
        ENDLESS,
        (("two_ways_in", (0, True)), ("there_and_back", (1, False)), ("two_at_a_time", (6, True))),
        "A loop may go only if it ends for sure.",
        endless=(
            ("two_ways_in", (1, True)),
            ("there_and_back", (1, True)),
            ("two_at_a_time", (1, True)),
        ),
    ),
)  # fmt: skip
