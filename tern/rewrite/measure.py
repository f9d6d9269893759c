"""Why canonicalization ends: a measure that every rewrite lowers.

Each operation has a weight: its own, which counts twice for a tensor, and that of its operands, as
often as TIMES says. A rule lowers the
weight of the operation that it replaces, whatever its variables stand for: `falls` compares the
two sides as polynomials. So the weights of that operation's users fall as well, theirs too, and
what is new is lighter than what went, being inside of something that is. So the multiset of all
weights falls in the order of Dershowitz and Manna ("Proving Termination with Multiset Orderings",
Communications of the ACM 22(8), 1979), in which nothing falls forever.
"""

from __future__ import annotations

from collections import Counter

from tern.ir import DEFINITIONS, Operation, Value
from tern.ir.dialects.forms import SHAPED
from tern.rewrite.folding import number_of
from tern.rewrite.rule import Rule
from tern.rewrite.terms import Apply, Number, Term, Variable, subterms

CONSTANT, ARGUMENT = 1, 1

OWN = {
    "arith.andi": 7, "arith.ori": 7, "arith.xori": 7,
    "arith.negf": 6, "math.absf": 6, "math.absi": 6, "arith.subi": 9, "arith.subf": 9,
    "arith.muli": 10, "arith.mulf": 10, "arith.select": 10, "math.fma": 16,
    "arith.divf": 12, "arith.divsi": 12, "arith.divui": 12, "arith.cmpi": 12, "arith.cmpf": 12,
    "tensor.splat": 6, "linalg.fill": 6,
}  # fmt: skip
"""What an operation weighs by itself, in fours: 8 if it isn't here."""

TIMES = {"arith.mulf": 2, "arith.divf": 2, "math.fma": 2}
"""How often the weight of an operand counts: once if the operation isn't here. A sign weighs less
after a product than before it."""


def own_weight(name: str, predicate: object, shaped: bool) -> int:
    """An operation's own weight. Of two comparisons that are each other's opposites one weighs more
    than the other, and one for order more than one for equality."""
    weight = OWN.get(name, 8)
    if name == "arith.cmpi" and predicate != "eq":
        weight += 1 if predicate == "ne" else 3 if predicate in GREATER else 2
    if name == "arith.cmpf" and predicate in UNORDERED:
        weight += 1
    return 4 * weight * (1 + shaped)


GREATER = frozenset(("sle", "sge", "ule", "uge"))
UNORDERED = frozenset(("une", "uge", "ule", "ugt", "ult", "ueq", "uno"))


def swaps(name: str) -> bool:
    """Whether an operation has a form with its operands swapped: with a constant on the left it
    weighs one more."""
    definition = DEFINITIONS.get(name)
    return name.startswith("arith.cmp") or (definition is not None and definition.commutative)


def measure(root: Operation) -> list[int]:
    """The weights of all operations inside `root`, the greatest first: each rewrite
    makes the list less. O(operations), with numbers that grow exponentially in the depth of the
    expressions."""
    weights: dict[Value, int] = {}
    found = []
    for op in root.walk():
        shaped = any(isinstance(result.type, SHAPED) for result in op.results)
        weight = own_weight(op.name, op.attributes.get("predicate"), shaped)
        operands = sum(weights.get(value, ARGUMENT) for value in op.operands)
        weight += TIMES.get(op.name, 1) * operands
        if swaps(op.name) and len(op.operands) == 2:
            left, right = map(number_of, op.operands)
            weight += left is not None and right is None
        if op.name == "arith.constant":
            weight = CONSTANT
        weights.update((result, weight) for result in op.results)
        found.append(weight)
    return sorted(found, reverse=True)


# rules --------------------------------------------------------------------------------------------


def falls(rule: Rule) -> bool:
    """Whether the right side of a rule weighs less than the left one, for whatever its variables
    stand for: each of them weighs 1 or more."""
    left, right = polynomial(rule.left, rule, 0), polynomial(rule.right, rule, 1)
    least = left[""] - right[""]
    for name in (left | right).keys() - {""}:
        more = left[name] - right[name]
        if more < 0:
            return False
        least += more * (not name.endswith("..."))
    return least > 0


def polynomial(term: Term, rule: Rule, doubt: int) -> Counter[str]:
    """The weight of a term: how often that of each variable counts, and under "" what comes to
    that. What an operation may weigh more, for a constant on the left, counts by `doubt`."""
    if isinstance(term, Variable) and not term.is_constant:
        return Counter({term.name: 1})
    if is_constant(term):
        return Counter({"": CONSTANT})
    assert isinstance(term, Apply)
    predicate = term.attribute if isinstance(term.attribute, str) else None
    total = Counter({"": own_weight(term.op, predicate, is_shaped(term))})
    for arg in term.args:
        inner = polynomial(arg, rule, doubt)
        for name, times in inner.items():
            total[name] += times * TIMES.get(term.op, 1)
    if swaps(term.op):
        left, right = term.args
        varies = any(each.function == "varies" for each in rule.conditions)
        certain = is_constant(left) and varies
        possible = isinstance(left, Variable) and not is_constant(right)
        total[""] += 1 if certain and not doubt else doubt * possible
    return total


def is_shaped(term: Term) -> bool:
    """Whether a term is known to be a tensor. Of one that may be, the same is true of all terms of
    its rule."""
    ops = [each.op for _, each in subterms(term) if isinstance(each, Apply)]
    return any(op.startswith(("tensor.", "linalg.")) for op in ops)


def is_constant(term: Term) -> bool:
    """Whether a term is a constant, or will be once it is folded."""
    leaves = [each for _, each in subterms(term) if not isinstance(each, Apply)]
    return bool(leaves) and all(isinstance(each, Number) or each.is_constant for each in leaves)
