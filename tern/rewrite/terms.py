"""Rules as text, and as terms: `subi(x, C) -> addi(x, subi(0, C))`.

    rule      = term "->" term ["if" condition {"," condition}]
    term      = (NAME | NUMBER | NAME ["[" attribute "]"] "(" [term {"," term}] ")") [":" TYPE]
    attribute = NAME | NAME "(" attribute {"," attribute} ")"
    condition = NAME "(" NAME {"," NAME} ")"

A name in lower case is any value, `_` is any that is not named, `s...` is all operands from there
on, and a name that begins in upper case is a constant, or after a colon a type. `f32`, `i1`, and so
on are themselves. NUMBER is as in the IR's text, or `inf`, `nan`, `true`, `false`, `ones` (all bits
are set), `least`, or `greatest` (of the signed integers). An operation of arith or math needs no
prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from tern.ir import DEFINITIONS
from tern.ir.dialects.arith.comparisons import FLOAT_PREDICATES, INTEGER_PREDICATES
from tern.text.diagnostics import Diagnostic, Source


@dataclass(frozen=True)
class Variable:
    """Any value; `_`, which is not bound; a constant, if it begins in upper case; or, if it ends in
    `...`, all operands from there on."""

    name: str
    type: str = ""

    @property
    def is_constant(self) -> bool:
        return self.name[0].isupper()

    @property
    def is_rest(self) -> bool:
        return self.name.endswith("...")

    def __str__(self) -> str:
        return self.name + (f": {self.type}" if self.type else "")


@dataclass(frozen=True)
class Number:
    """A constant of one number, which its text spells."""

    text: str
    type: str = ""

    def __str__(self) -> str:
        return self.text + (f": {self.type}" if self.type else "")


@dataclass(frozen=True)
class Call:
    """An attribute that a function computes from others: `compose(q, p)`."""

    function: str
    args: tuple[Attribute, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.args))})"


Attribute: TypeAlias = "str | Call"


@dataclass(frozen=True)
class Apply:
    """An operation: its full name, its operands, its main attribute (see MAIN), its type."""

    op: str
    args: tuple[Term, ...]
    attribute: Attribute | None = None
    type: str = ""

    def __str__(self) -> str:
        name = self.op.removeprefix("arith.").removeprefix("math.")
        brackets = f"[{self.attribute}]" if self.attribute is not None else ""
        text = f"{name}{brackets}({', '.join(map(str, self.args))})"
        return text + (f": {self.type}" if self.type else "")


Term: TypeAlias = Variable | Number | Apply


@dataclass(frozen=True)
class Condition:
    """A question about what is bound, by name, and the names it is about."""

    function: str
    args: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(self.args)})"


MAIN = {
    "arith.cmpi": "predicate",
    "arith.cmpf": "predicate",
    "linalg.transpose": "permutation",
    "linalg.broadcast": "dimensions",
    "linalg.reduce": "dimensions",
    "tensor.concat": "dim",
    "tensor.expand_shape": "reassociation",
    "tensor.collapse_shape": "reassociation",
}
"""The attribute that a term writes in brackets, by the operation."""

WORDS = frozenset(INTEGER_PREDICATES) | frozenset(FLOAT_PREDICATES)
"""Attributes that are themselves: the others are variables."""

NUMBERS = frozenset("inf nan true false ones least greatest".split())
_NUMBER = re.compile(r"-?(\d+(\.\d+)?(e[+-]?\d+)?|inf)")
_TOKEN = re.compile(r"\s*(->|-?\d[\w.+-]*|-?[A-Za-z_][\w.]*|.)")


def subterms(term: Term, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Term]]:
    """A term and all inside it, each with its path: the numbers of operands that lead to it."""
    yield path, term
    if isinstance(term, Apply):
        for i, each in enumerate(term.args):
            yield from subterms(each, (*path, i))


def variables(term: Term) -> list[str]:
    """The names of the variables in a term, in their order, as often as they occur."""
    return [each.name for _, each in subterms(term) if isinstance(each, Variable)]


def parse_rule(text: str, name: str = "<rule>") -> tuple[Apply, Term, tuple[Condition, ...]]:
    """What a rule finds, what it puts in its place, and under which conditions.

    Raises:
        Diagnostic: the text is no rule, or names an operation that there isn't.
    """
    reader = _Reader(Source(text, name))
    left = reader.term()
    if not isinstance(left, Apply):
        reader.fail("a rule rewrites an operation", 0)
    reader.expect("->")
    right = reader.term()
    conditions = []
    if reader.accept("if"):
        conditions.append(reader.condition())
        while reader.accept(","):
            conditions.append(reader.condition())
    if reader.peek():
        reader.fail("expected the end of the rule")
    unbound = set(variables(right)) - set(variables(left))
    if unbound or "_" in variables(right):
        reader.fail(f"nothing binds {min(unbound, default='_')!r}", 0)
    return left, right, tuple(conditions)


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        found = list(_TOKEN.finditer(source.text.rstrip()))
        self.tokens = [(each[1], each.span(1)) for each in found]
        end = len(source.text)
        self.tokens.append(("", (end, end)))
        self.at = 0

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        raise Diagnostic(message, self.tokens[self.at if at is None else at][1], self.source)

    def peek(self) -> str:
        return self.tokens[self.at][0]

    def next(self) -> str:
        token = self.peek()
        if not token:
            self.fail("the rule ends too early")
        self.at += 1
        return token

    def accept(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self.at += 1
        return True

    def expect(self, token: str) -> None:
        if not self.accept(token):
            self.fail(f"expected {token!r}")

    def name(self) -> str:
        token = self.next()
        if not re.fullmatch(r"[A-Za-z_][\w.]*", token):
            self.fail("expected a name", self.at - 1)
        return token

    def term(self) -> Term:
        start = self.at
        token = self.next()
        if token.removeprefix("-") in NUMBERS or _NUMBER.fullmatch(token):
            return Number(token, self.type())
        self.at = start
        name = self.name()
        if self.peek() not in ("(", "["):
            if "." in name.removesuffix("..."):
                self.fail("expected the operands of an operation")
            return Variable(name, self.type())
        full = next((f for f in (name, f"arith.{name}", f"math.{name}") if f in DEFINITIONS), None)
        if full is None:
            self.fail(f"there is no operation {name!r}", start)
        attribute = None
        if self.accept("["):
            if full not in MAIN:
                self.fail(f"{full} has no main attribute")
            attribute = self.attribute()
            self.expect("]")
        args: list[Term] = []
        self.expect("(")
        while not self.accept(")"):
            if args:
                self.expect(",")
            args.append(self.term())
        return Apply(full, tuple(args), attribute, self.type())

    def type(self) -> str:
        return self.name() if self.accept(":") else ""

    def attribute(self) -> Attribute:
        name = self.name()
        if not self.accept("("):
            return name
        args = [self.attribute()]
        while self.accept(","):
            args.append(self.attribute())
        self.expect(")")
        return Call(name, tuple(args))

    def condition(self) -> Condition:
        name, args = self.name(), []
        self.expect("(")
        while not self.accept(")"):
            if args:
                self.expect(",")
            args.append(self.name())
        return Condition(name, tuple(args))
