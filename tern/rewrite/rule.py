"""Rules: patterns as data, which can be matched, tried, counted, compared, and proved."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tern.ir import DEFINITIONS, Operation, Value, check_operation
from tern.ir.dialects.forms import FASTMATH, FLAGGED, SHAPED, same_shape_of
from tern.rewrite.folding import fold
from tern.rewrite.questions import Test, ask, bindings, spelled, tests_of
from tern.rewrite.rewriter import Rewriter
from tern.rewrite.terms import (
    MAIN,
    Apply,
    Attribute,
    Call,
    Condition,
    Number,
    Term,
    Variable,
    parse_rule,
    subterms,
)
from tern.rewrite.words import CONDITIONS, FUNCTIONS
from tern.types import Type, i1


@dataclass(frozen=True, eq=False, repr=False)
class Rule:
    """A pattern as data: what it finds, what it puts in its place, and on which conditions.

    It is a PatternLike. `flag`, unless empty, is what a program must permit (see
    tern.passes.fast_math) on each floating-point operation that it finds. What it makes has the
    flags that all of these have. One that is `ordered` holds only for operands as they are written.
    """

    name: str
    left: Apply
    right: Term
    conditions: tuple[Condition, ...] = ()
    benefit: int = 1
    flag: str = ""
    ordered: bool = False

    def __str__(self) -> str:
        asked = ", ".join(map(str, self.conditions))
        return f"{self.left} -> {self.right}" + (f" if {asked}" if asked else "")

    def __repr__(self) -> str:
        given = [repr(self.name), repr(str(self))]
        given += [f"benefit={self.benefit}"] * (self.benefit != 1)
        given += [f"flag={self.flag!r}"] * bool(self.flag)
        given += ["ordered=True"] * self.ordered
        return f"rule({', '.join(given)})"

    @property
    def root(self) -> str:
        return self.left.op

    @property
    def tests(self) -> tuple[Test, ...]:
        """The questions that decide whether it matches, but for its conditions, and their
        answers."""
        return tests_of(self.left)

    def matches(self, op: Operation) -> bool:
        """Whether the operation is of the form that it finds."""
        return all(ask(op, path, question) == answer for path, question, answer in self.tests)

    def rewrite(self, op: Operation, rewriter: Rewriter) -> bool:
        """Rewrite at `op`, if it matches, the conditions hold, and the result would be valid."""
        if not self.matches(op):
            return False
        return self.rewrite_match(op, rewriter)

    def rewrite_match(self, op: Operation, rewriter: Rewriter) -> bool:
        """`rewrite` where it is known to match."""
        found = bindings(self.left, op)
        if not all(holds(each, found) for each in self.conditions):
            return False
        flags = self._flags(op)
        if flags is None:
            return False
        maker = Maker(found, op, flags)
        value = maker.make(self.right, op.result.type)
        if value is None or value.type != op.result.type:
            return False
        for each in maker.made:
            rewriter.place(op, each)
        rewriter.replace(op, [value])
        return True

    def _flags(self, op: Operation) -> tuple[str, ...] | None:
        """The fast-math flags that all operations have that it finds; None if one lacks its own."""
        common: set[str] | None = None
        for path, each in subterms(self.left):
            if isinstance(each, Apply) and each.op in FLAGGED:
                owner = op
                for step in path:
                    owner = owner.operands[step].op
                flags = set(owner.attributes.get("fastmath", ()))
                common = flags if common is None else common & flags
        if self.flag and self.flag not in (common or ()):
            return None
        return tuple(flag for flag in FASTMATH if flag in (common or ()))


def rule(name: str, text: str, benefit: int = 1, flag: str = "", ordered: bool = False) -> Rule:
    """The rule that a text spells (tern.rewrite.terms has its grammar), under a name.

        rule("add-zero", "addi(x, 0) -> x")

    Raises:
        Diagnostic: it is no rule.
        KeyError: a condition or a function that there isn't.
    """
    left, right, conditions = parse_rule(text, name)
    if unknown := {each.function for each in conditions} - CONDITIONS.keys():
        raise KeyError(f"the rule {name} asks {min(unknown)}, which is no condition")
    return Rule(name, left, right, conditions, benefit, flag, ordered)


def variants(rule: Rule) -> list[Rule]:
    """The rule, and again for the operands of commutative operations in each other order that
    tells it apart. A constant stays on the right: there it is once `constant-right` has run."""
    if rule.ordered:
        return [rule]
    found: dict[Term, Rule] = {}
    for left in _orders(rule.left):
        found.setdefault(_numbered(left), replace(rule, left=left))
    return list(found.values())


def _orders(term: Term) -> Iterator[Any]:
    if not isinstance(term, Apply):
        yield term
        return
    for args in itertools.product(*map(_orders, term.args)):
        yield replace(term, args=args)
        if is_symmetric(term.op, term.attribute) and not any(map(_is_constant, args)):
            yield replace(term, args=args[::-1])


def is_symmetric(op: str, predicate: object = None) -> bool:
    """Whether it makes no difference if the two operands of an operation are swapped."""
    definition = DEFINITIONS.get(op)
    if definition is not None and definition.commutative:
        return True
    return op.startswith("arith.cmp") and predicate in SYMMETRIC


SYMMETRIC = frozenset("eq ne false oeq one ord ueq une uno true".split())


def _numbered(left: Apply) -> Any:
    """The term with its variables called by their order: the same for two that differ in names."""
    names: dict[str, str] = {}

    def numbered(term: Term) -> Term:
        if isinstance(term, Variable) and term.name != "_":
            return replace(term, name=names.setdefault(term.name, f"v{len(names)}"))
        if isinstance(term, Apply):
            return replace(term, args=tuple(map(numbered, term.args)))
        return term

    return numbered(left)


def _is_constant(term: Term) -> bool:
    return isinstance(term, Number) or (isinstance(term, Variable) and term.is_constant)


def holds(condition: Condition, found: dict[str, Any]) -> bool:
    """Whether a condition holds for what is bound."""
    return CONDITIONS[condition.function](*(bound(name, found) for name in condition.args))


def bound(name: str, found: dict[str, Any]) -> Any:
    """What a name stands for: a value, an attribute, or a type."""
    return next(found[key] for key in (name, f"[{name}]", f":{name}") if key in found)


class Maker:
    """Makes what a rule puts in the place of `op`, as operations that are in no block yet."""

    def __init__(self, found: dict[str, Any], op: Operation, flags: tuple[str, ...]) -> None:
        self.found = found
        self.op = op
        self.flags = flags
        self.made: list[Operation] = []

    def make(self, term: Term, type: Type) -> Value | None:
        """The value of a term, of this type if nothing else says which; None if it can't be."""
        if isinstance(term, Variable):
            return self.found[term.name]
        if isinstance(term, Number):
            known = self.found.get(f"={term.text}")
            if known is not None and known.type == type:
                return known
            return self.constant(spelled(term.text, type), type)
        operands = self.operands(term, type)
        if operands is None:
            return None
        result = self.result_type(term, operands, type)
        op = Operation(term.op, operands, [result], self.attributes(term))
        if (number := fold(op)) is not None:
            return self.constant(number, result)
        if check_operation(op) is not None:
            return None
        self.made.append(op)
        return op.result

    def constant(self, number: Any, type: Type) -> Value | None:
        if isinstance(type, SHAPED) and not all(isinstance(size, int) for size in type.shape):
            return None
        self.made.append(Operation("arith.constant", (), [type], {"value": number}))
        return self.made[-1].result

    def operands(self, term: Apply, type: Type) -> list[Value] | None:
        """Those that aren't numbers tell the numbers their type."""
        found: dict[int, Value | None] = {}
        for i, arg in enumerate(term.args):
            if not isinstance(arg, (Number, Variable)):
                found[i] = self.make(arg, type)
            elif isinstance(arg, Variable) and not arg.is_rest:
                found[i] = self.found[arg.name]
        of_values = [v.type for i, v in sorted(found.items()) if v is not None]
        if term.op == "arith.select":
            like = of_values[1] if len(of_values) > 1 else type
        else:
            like = of_values[0] if of_values else type
        values: list[Value] = []
        for i, arg in enumerate(term.args):
            if isinstance(arg, Variable) and arg.is_rest:
                values += self.found[arg.name]
                continue
            value = found[i] if i in found else self.make(arg, like)
            if value is None:
                return None
            values.append(value)
        return values

    def result_type(self, term: Apply, operands: list[Value], type: Type) -> Type:
        """The one it is written with; else what follows from the operands."""
        if term.type:
            return self.found[f":{term.type}"]
        if term.op in ("arith.cmpi", "arith.cmpf"):
            return same_shape_of(i1, operands[0].type)
        if term.op.startswith("linalg."):
            return operands[-1].type
        if term.op in _KEEP and operands:
            return operands[-1].type
        return type

    def attributes(self, term: Apply) -> dict[str, Any]:
        attributes: dict[str, Any] = {}
        if term.attribute is not None:
            attributes[MAIN[term.op]] = self.attribute(term.attribute)
        if term.op == "linalg.reduce":
            attributes["combiner"] = self.op.attributes["combiner"]
        if self.flags and term.op in FLAGGED:
            attributes["fastmath"] = self.flags
        return attributes

    def attribute(self, term: Attribute) -> Any:
        if isinstance(term, Call):
            return FUNCTIONS[term.function](*map(self.attribute, term.args))
        return self.found.get(f"[{term}]", term)


_KEEP = frozenset(
    name
    for name, each in DEFINITIONS.items()
    if name.startswith(("arith.", "math."))
    and name.rpartition(".")[2]
    not in "cmpi cmpf sitofp uitofp fptosi fptoui extsi extui trunci extf truncf index_cast "
    "index_castui bitcast constant".split()
)
"""The operations that give a result of the type of their last operand."""
