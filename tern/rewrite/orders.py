"""Rewriting in any order, and whether the order made a difference."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from hashlib import sha256

from tern.ir import Operation, Value, is_speculatable, may_fail
from tern.numbers import exact_text
from tern.rewrite.folding import fold_at
from tern.rewrite.pattern import PatternLike
from tern.rewrite.rewriter import Rewriter
from tern.rewrite.rule import is_symmetric


def in_random_order(
    root: Operation,
    patterns: Sequence[PatternLike],
    chance: random.Random,
    after_each: Callable[[str], object] = lambda name: None,
) -> int:
    """Rewrite inside `root` until nothing applies, each time anything anywhere: a pattern, folding,
    or erasing what is dead. Gives the number of rewrites; `after_each` is told each by its name.

    Each costs a walk through all operations, and so all of it O(rewrites × operations × patterns).
    """
    count = 0
    while True:
        ops = [op for op in root.walk() if op is not root]
        chance.shuffle(ops)
        name = next((done for op in ops if (done := _rewrite(root, op, patterns, chance))), None)
        if name is None:
            return count
        count += 1
        after_each(name)


def _rewrite(
    root: Operation, op: Operation, patterns: Sequence[PatternLike], chance: random.Random
) -> str | None:
    if not op.results:
        return None
    mine = [each for each in patterns if each.root == op.name]
    ways: list[PatternLike | None] = [*mine, None]
    chance.shuffle(ways)
    rewriter = Rewriter(root)
    for way in ways:
        if way is not None and way.rewrite(op, rewriter):
            rewriter.finish()
            return way.name
        if way is None and _simplify(op, rewriter):
            rewriter.finish()
            return "driver"
    return None


def _simplify(op: Operation, rewriter: Rewriter) -> bool:
    if rewriter.is_unused(op) and is_speculatable(op):
        rewriter.erase(op)
        return True
    return fold_at(op, rewriter)


def computed(func: Operation) -> tuple[str, frozenset[str]]:
    """What a function of one block computes: digests that are equal for two functions that return
    the same expressions of their arguments, and run the same ones that may fail. Where in the block
    an operation is, how often, and the order of a commutative one's operands make no difference.
    O(operations)."""
    block = func.body.blocks[0]
    digests: dict[Value, str] = {arg: f"argument {arg.index}" for arg in block.args}
    fail: set[str] = set()
    digest = ""
    for op in block.operations:
        operands = [digests[value] for value in op.operands]
        if is_symmetric(op.name, op.attributes.get("predicate")):
            operands.sort()
        facts = sorted((name, _text(each)) for name, each in op.attributes.items())
        types = [str(result.type) for result in op.results]
        digest = sha256(repr((op.name, facts, types, operands)).encode()).hexdigest()
        digests.update((result, f"{digest} {result.index}") for result in op.results)
        if may_fail(op):
            fail.add(digest)
    return digest, frozenset(fail)


def _text(value: object) -> str:
    """Of a NaN the bits make no difference."""
    return "nan" if isinstance(value, float) and value != value else exact_text(value)
