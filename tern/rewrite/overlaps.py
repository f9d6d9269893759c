"""Critical pairs: the expressions that two rules would rewrite differently.

Where the left sides of two rules overlap, one inside of the other, there is an expression on which
either may fire. If both ways can be rewritten to the same again, for each overlap of each two
rules, then every order ends in the same form, as the rules end (Knuth and Bendix, "Simple Word
Problems in Universal Algebras", 1970; Newman's lemma).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tern.ir import Operation, function, violations
from tern.rewrite.canonical import canonicalize
from tern.rewrite.folding import fold_at
from tern.rewrite.orders import computed
from tern.rewrite.proofs import predicates_of, write_left
from tern.rewrite.questions import Path
from tern.rewrite.rewriter import Rewriter
from tern.rewrite.rule import Rule
from tern.rewrite.terms import WORDS, Apply, Number, Term, Variable, subterms, variables
from tern.rewrite.trials import numbers_of
from tern.rewrite.typings import typings
from tern.types import Type

Bindings = dict[str, Any]


@dataclass(frozen=True)
class Overlap:
    """A term that `outer` rewrites as a whole, and `inner` at a path: where that is None, what is
    there is folded."""

    outer: Rule
    inner: Rule | None
    path: Path
    term: Apply

    def __str__(self) -> str:
        inner = self.inner.name if self.inner else "fold"
        return f"{self.term}: {self.outer.name}, and {inner} at {list(self.path)}"


@dataclass(frozen=True)
class Fork:
    """An expression from which two rules lead to two different ends."""

    overlap: Overlap
    start: str
    ends: tuple[str, str]


def overlaps(rules: Sequence[Rule]) -> Iterator[Overlap]:
    """Where the left sides of two of the rules overlap, or that of one with itself; and where an
    operation inside of one may be folded; and where what varies, by a condition of the rule's, may
    be found to be a constant later. (Without conditions, what a variable stands for makes no fork.)
    """
    by_root: dict[str, list[Rule]] = {}
    for each in rules:
        by_root.setdefault(each.root, []).append(each)
    for outer in rules:
        left = renamed(outer.left, "'")
        yield from becoming_constant(outer)
        for path, inside in subterms(left):
            if not isinstance(inside, Apply):
                continue
            if path and not any(isinstance(arg, Apply) for arg in inside.args):
                constant = {v: Variable("K" + v) for v in variables(inside) if v[0] not in "_'"}
                yield Overlap(outer, None, path, substituted(left, constant))
            for inner in by_root.get(inside.op, ()):
                if path == () and (inner is outer or rules_before(inner, outer, rules)):
                    continue
                bound = unify(inside, inner.left, {})
                if bound is not None:
                    yield Overlap(outer, inner, path, substituted(left, bound))


def becoming_constant(rule: Rule) -> Iterator[Overlap]:
    """The left side with an operation on constants for each variable that varies."""
    for varying in (each.args[0] for each in rule.conditions if each.function == "varies"):
        path = next(path for path, term in subterms(rule.left) if term == Variable(varying))
        for op in ("arith.xori", "arith.maximumf"):
            constant = Apply(op, (Variable("K"), Variable("K'")))
            yield Overlap(rule, None, path, substituted(rule.left, {varying: constant}))


def rules_before(one: Rule, other: Rule, rules: Sequence[Rule]) -> bool:
    """Of two rules at one place one order is enough."""
    return rules.index(one) < rules.index(other)


def renamed(term: Term, mark: str) -> Any:
    """The term with other names for its variables, attributes, and types."""
    type = term.type + mark if term.type[:1].isupper() else term.type
    if isinstance(term, Variable):
        return replace(term, name=term.name if term.name == "_" else term.name + mark, type=type)
    if isinstance(term, Number):
        return replace(term, type=type)
    word = term.attribute
    if isinstance(word, str) and word not in WORDS and word != "_":
        word += mark
    args = tuple(renamed(each, mark) for each in term.args)
    return replace(term, args=args, attribute=word, type=type)


def unify(a: Term, b: Term, bound: Bindings) -> Bindings | None:
    """What variables must stand for so that two terms are the same (Robinson, 1965); None if they
    can't be."""
    a, b = walked(a, bound), walked(b, bound)
    if a == b and not (isinstance(a, Variable) and a.name == "_"):
        return bound
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Variable):
            if one.name == "_":
                return bound
            if one.is_constant and isinstance(other, Variable) and not other.is_constant:
                continue  # the other way around: it is a constant, too
            if one.is_constant and isinstance(other, Apply):
                return None
            if occurs(one.name, other, bound):
                return None
            return {**bound, one.name: other}
    if isinstance(a, Number) or isinstance(b, Number):
        same = isinstance(a, Number) and isinstance(b, Number) and a.text == b.text
        return bound if same else None
    if a.op != b.op or len(a.args) != len(b.args):
        return None
    merged = unify_words(a.attribute, b.attribute, bound)
    for left, right in zip(a.args, b.args):
        merged = None if merged is None else unify(left, right, merged)
    return merged


def unify_words(a: Any, b: Any, bound: Bindings) -> Bindings | None:
    a, b = bound.get(f"[{a}]", a), bound.get(f"[{b}]", b)
    if a == b or "_" in (a, b):
        return bound
    if a not in WORDS:
        return {**bound, f"[{a}]": b}
    return {**bound, f"[{b}]": a} if b not in WORDS else None


def walked(term: Term, bound: Bindings) -> Term:
    while isinstance(term, Variable) and term.name in bound:
        term = bound[term.name]
    return term


def occurs(name: str, term: Term, bound: Bindings) -> bool:
    term = walked(term, bound)
    if isinstance(term, Apply):
        return any(occurs(name, each, bound) for each in term.args)
    return isinstance(term, Variable) and term.name == name


def substituted(term: Term, bound: Bindings) -> Any:
    """The term with what its variables stand for."""
    found = walked(term, bound)
    if not isinstance(found, Apply):
        return found
    word = found.attribute
    while isinstance(word, str) and f"[{word}]" in bound:
        word = bound[f"[{word}]"]
    args = tuple(substituted(each, bound) for each in found.args)
    return replace(found, args=args, attribute=word)


# whether the two ways meet again ------------------------------------------------------------------


def forks(
    found: Iterable[Overlap], seed: int = 0, constants: int = 4, most: int = 100
) -> Iterator[Fork]:
    """Those of the overlaps on numbers whose two ways end in different canonical forms.

    Each is tried in all its typings, or `most` of them, with `constants` choices of numbers for its
    constants.
    """
    chance = random.Random(seed)
    for overlap in found:
        every = list(typings(overlap.term))
        for types in chance.sample(every, min(most, len(every))):
            tries = (_fork(overlap, types, chance) for _ in range(constants))
            if (fork := next(filter(None, tries), None)) is not None:
                yield fork
                break


def _fork(overlap: Overlap, types: dict[Path, Any], chance: random.Random) -> Fork | None:
    constants = {
        each.name: _number(types[path], chance)
        for path, each in subterms(overlap.term)
        if isinstance(each, Variable) and each.is_constant
    }
    predicate = chance.choice(predicates_of(overlap.term))
    start = write_left(overlap.term, types, predicate, constants)
    ends = []
    for rule, path in ((overlap.outer, ()), (overlap.inner, overlap.path)):
        module = start.clone()
        op = _at(function(module, "f"), path)
        rewriter = Rewriter(module)
        if not (fold_at(op, rewriter) if rule is None else rule.rewrite(op, rewriter)):
            return None  # a condition doesn't hold
        rewriter.finish()
        canonicalize(module)
        assert not violations(function(module, "f")), f"{overlap}"
        ends.append(module)
    left, right = (computed(function(module, "f")) for module in ends)
    return None if left == right else Fork(overlap, str(start), (str(ends[0]), str(ends[1])))


def _number(type: Type, chance: random.Random) -> Any:
    """A number for a constant, often a small one, which a condition may want."""
    numbers = numbers_of(type, chance, 3)
    small = [n for n in numbers if 0 <= n <= 8]
    return chance.choice(small if chance.random() < 0.6 else numbers)


def _at(func: Operation, path: Path) -> Operation:
    """The operation at a path from what the function returns."""
    op = func.body.blocks[0].operations[-1].operands[0].op
    for step in path:
        op = op.operands[step].op
    return op
