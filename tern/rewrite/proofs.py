"""Proofs of rules on numbers: what a rule finds and what it makes, computed side by side.

A rule is a statement about all numbers of all its types. For types of up to 8 bits it is checked
for all of them; for wider integers, and for floats, for numbers where something happens, those that
the rule names among them, in all combinations, and for random bits; for f16 and bf16, of one
operand, for every number there is. What is compared are the bits, where any NaN is as good as
another. A constant can be any number at all that the conditions allow, so it varies like the rest
wherever no condition asks about it.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tern.ir import (
    Builder,
    EvaluationError,
    Operation,
    Value,
    evaluator,
    function,
    may_fail,
    new_function,
)
from tern.ir.dialects.arith.comparisons import FLOAT_PREDICATES, INTEGER_PREDICATES
from tern.lazily import Lazily
from tern.rewrite.questions import Path, spelled
from tern.rewrite.rewriter import Rewriter
from tern.rewrite.rule import Rule, holds
from tern.rewrite.samples import returning
from tern.rewrite.terms import MAIN, WORDS, Apply, Number, Term, Variable, subterms
from tern.rewrite.trials import lanes_of, numbers_of
from tern.rewrite.typings import Types, typings
from tern.types import TensorType, Type

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")


@dataclass(frozen=True)
class Counterexample:
    """Numbers for which a rule is wrong, in the order of its variables, and what comes of them."""

    rule: str
    types: tuple[str, ...]
    numbers: tuple[Any, ...]
    before: Any
    after: Any

    def __str__(self) -> str:
        given = ", ".join(f"{n!r}: {t}" for n, t in zip(self.numbers, self.types))
        return f"{self.rule}: of {given} it makes {self.after!r}, not {self.before!r}"


@dataclass
class Proof:
    """What was checked: in how many typings the rule applied, on how many tuples of numbers."""

    typings: int = 0
    tuples: int = 0
    counterexample: Counterexample | None = None


def prove(rule: Rule, seed: int = 0, everything: bool = False) -> Proof:
    """Check a rule on numbers in every typing. It ends with the first counterexample.

    Three integers of 8 bits are tried in all pairs of two with what is special of the third, and of
    the constants that a condition asks about a few; of three wider numbers, or four, 8,192
    combinations of special ones. With `everything` all 16 million triples, and all constants. A
    rule behind a flag is checked as if it held exactly.
    """
    proof, chance, lifted = Proof(), random.Random(seed), _lifted(rule)
    named = _numbers_in(rule)
    for types in typings(lifted.left):
        applied = False
        for predicate in predicates_of(lifted.left):
            for chosen in _constants(lifted, types, chance, everything):
                sides = _Sides.of(lifted, types, predicate, chosen)
                if sides is None:
                    continue
                applied = True
                lanes = lanes_of(sides.types, chance, everything, named)
                if sides.fails and len(lanes[0]) > 1 << 16 and not everything:
                    some = np.array(chance.sample(range(len(lanes[0])), 1 << 12))
                    lanes = [lane[some] for lane in lanes]  # where it goes one by one
                proof.tuples += len(lanes[0]) if lanes else 1
                proof.counterexample = sides.difference(rule.name, lanes)
                if proof.counterexample is not None:
                    return proof
        proof.typings += applied
    return proof


# the rule, more general ---------------------------------------------------------------------------


def _lifted(rule: Rule) -> Rule:
    """The rule for constants that vary as well, but for those that a condition asks about."""
    asked = {name for each in rule.conditions if each.function != "varies" for name in each.args}
    conditions = tuple(each for each in rule.conditions if each.function != "varies")
    names = {
        each.name: each.name.lower() + "_"
        for _, each in subterms(rule.left)
        if isinstance(each, Variable) and each.is_constant and each.name not in asked
    }

    def lift(term: Term) -> Any:
        if isinstance(term, Variable):
            return replace(term, name=names.get(term.name, term.name))
        if isinstance(term, Apply):
            return replace(term, args=tuple(map(lift, term.args)))
        return term

    left, right = lift(rule.left), lift(rule.right)
    return replace(rule, left=left, right=right, conditions=conditions, flag="")


def _numbers_in(rule: Rule) -> list[str]:
    """The numbers that a rule's text has, as they are written: where it may be wrong, and only
    there."""
    terms = [term for side in (rule.left, rule.right) for _, term in subterms(side)]
    texts = {term.text for term in terms if isinstance(term, Number)}
    return sorted(text for text in texts if text.strip("-")[:1].isdigit())


def predicates_of(term: Term) -> Sequence[str]:
    """What the predicate can be that a term has a variable for."""
    for _, each in subterms(term):
        if isinstance(each, Apply) and each.op in _PREDICATES and each.attribute not in WORDS:
            return _PREDICATES[each.op]
    return [""]


_PREDICATES: dict[str, Sequence[str]] = {
    "arith.cmpi": INTEGER_PREDICATES,
    "arith.cmpf": FLOAT_PREDICATES,
}


def _constants(
    rule: Rule, types: Types, chance: random.Random, everything: bool
) -> Iterator[dict[str, Any]]:
    """Numbers for the constants that are left, as the conditions on them allow."""
    names: dict[str, Any] = {
        each.name: types[path]
        for path, each in subterms(rule.left)
        if isinstance(each, Variable) and each.is_constant
    }
    choices = [numbers_of(type, chance, 2) for type in names.values()]
    asked = [each for each in rule.conditions if set(each.args) <= names.keys()]
    allowed = []
    for chosen in itertools.product(*choices):
        constants = [
            Operation("arith.constant", (), [type], {"value": number}).result
            for type, number in zip(names.values(), chosen)
        ]
        if all(holds(each, dict(zip(names, constants))) for each in asked):
            allowed.append(dict(zip(names, chosen)))
    yield from allowed if everything else chance.sample(allowed, min(len(allowed), SOME))


SOME = 40
"""How many tuples of constants are tried that conditions ask about, unless all are."""


# both sides ---------------------------------------------------------------------------------------


@dataclass
class _Sides:
    """A function that computes what a rule finds, the one that it makes of it, and the types of
    their arguments."""

    before: Operation
    after: Operation
    types: list[Type]

    @property
    def fails(self) -> bool:
        """Whether an operation may fail: then lanes are computed one by one."""
        both = (*self.before.walk(), *self.after.walk())
        return any(op.name.startswith(("arith.", "math.")) and may_fail(op) for op in both)

    @staticmethod
    def of(rule: Rule, types: Types, predicate: str, constants: dict[str, Any]) -> _Sides | None:
        """None if the rule does not apply: a condition does not hold."""
        module = write_left(rule.left, types, predicate, constants)
        func = function(module, "f")
        before = func.clone()
        rewriter = Rewriter(func)
        if not rule.rewrite(func.body.blocks[0].operations[-2], rewriter):
            return None
        rewriter.finish()
        return _Sides(before, func, [arg.type for arg in func.body.blocks[0].args])

    def difference(self, name: str, lanes: list[Any]) -> Counterexample | None:
        """The first numbers on which the two functions differ."""
        compute = _one_by_one if self.fails else _by_arrays
        before, after = (compute(func, lanes) for func in (self.before, self.after))
        wrong = np.flatnonzero(_differ(before, after))
        if not len(wrong):
            return None
        numbers = tuple(lane[wrong[0]].item() for lane in lanes)
        results = (side[wrong[0] : wrong[0] + 1].tolist()[0] for side in (before, after))
        return Counterexample(name, tuple(map(str, self.types)), numbers, *results)


def _differ(before: Any, after: Any) -> Any:
    """Where two arrays differ in their bits, and one at least is no NaN."""
    if before.dtype.kind in "biuO":
        return before != after
    bits = f"u{before.dtype.itemsize}"
    return (before.view(bits) != after.view(bits)) & ~(np.isnan(before) & np.isnan(after))


def write_left(left: Apply, types: Types, predicate: str, constants: dict[str, Any]) -> Operation:
    """A module of one function `f` that computes what a rule finds. Variables are its arguments,
    but for those that `constants` has; `predicate` is for comparisons that have a variable."""
    func = new_function("f", [], [])
    block = func.body.blocks[0]
    builder = Builder(block)
    known: dict[str, Value] = {}

    def write(path: Path, term: Term) -> Value:
        type = types[path]
        if isinstance(term, Number):
            return builder.constant(spelled(term.text, type), type)
        if isinstance(term, Variable):
            if term.name in constants:
                return builder.constant(constants[term.name], type)
            if term.name == "_" or term.name not in known:
                known[term.name] = block.add_arg(type)
            return known[term.name]
        operands = [write((*path, i), arg) for i, arg in enumerate(term.args)]
        attributes = {}
        if term.op in MAIN:
            word = term.attribute if term.attribute in WORDS else predicate
            attributes[MAIN[term.op]] = word
        return builder.op(term.op, operands, [type], attributes).result

    return returning(func, [write((), left)])


FAILS = "fails"
"""What an operation comes to that fails: in that two sides may agree, too."""


def _one_by_one(func: Operation, lanes: list[Any]) -> Any:
    """What a function of one block returns, lane by lane."""
    *body, last = func.body.blocks[0].operations
    values = [*func.body.blocks[0].args, *(op.result for op in body)]
    registers = {value: i for i, value in enumerate(values)}
    steps = [(evaluator(op), [registers[v] for v in op.operands]) for op in body]
    found, given = [], registers[last.operands[0]]
    for lane in zip(*(each.tolist() for each in lanes)):
        computed = list(lane)
        try:
            for compute, read in steps:
                computed.append(compute(*[computed[i] for i in read]))
            found.append(computed[given])
        except EvaluationError:
            found.append(FAILS)
    return np.array(found, object)


def _by_arrays(func: Operation, lanes: list[Any]) -> Any:
    """The same, all lanes at once, of operations that don't fail."""
    size = len(lanes[0]) if lanes else 1
    wide = func.clone()
    block = wide.body.blocks[0]
    for value in (*block.args, *(op.result for op in block.operations[:-1])):
        value.type = TensorType((size,), value.type)
    arrays: dict[Value, Any] = dict(zip(block.args, lanes))
    from tern.ir.arrays import array_evaluator  # which needs NumPy

    with np.errstate(all="ignore"):
        for op in block.operations[:-1]:
            compute = array_evaluator(op)
            arrays[op.result] = compute(*(arrays[value] for value in op.operands))
    return arrays[block.operations[-1].operands[0]]
