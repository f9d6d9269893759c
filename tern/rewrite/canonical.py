"""Canonical forms: of several ways to say the same, the one that other passes look for."""

from __future__ import annotations

import functools

from tern.ir import Operation
from tern.parts import cached_with_parts
from tern.rewrite.greedy import Statistics, greedy
from tern.rewrite.matching import matcher
from tern.rewrite.pattern import Candidates, Pattern, PatternLike
from tern.rewrite.rule import Rule, variants
from tern.rewrite.sizes import SIZES


@functools.cache
def patterns() -> tuple[PatternLike, ...]:
    """All that canonicalize rewrites by: the rules, in all orders of operands, and the patterns."""
    from tern.rewrite.rules import RULES

    return (*(variant for rule in RULES for variant in variants(rule)), *SIZES)


@cached_with_parts
def _candidates() -> Candidates:
    """For an operation the patterns that match it: of the rules by one tree."""
    match = matcher(each for each in patterns() if isinstance(each, Rule))
    written: dict[str, list[PatternLike]] = {}
    for each in SIZES:
        written.setdefault(each.root, []).append(each)
    return lambda op: [*written.get(op.name, ()), *match(op)]


def canonicalize(root: Operation) -> Statistics:
    """Bring what is inside `root` into its canonical form, in place; gives what was done for it.

    It computes what it did before, to the last bit, and fails where it did. Each rewrite lowers the
    measure of tern.rewrite.measure, so there is an end. O(operations + rewrites).
    """
    return greedy(root, _candidates())


def described() -> str:
    """A line for each rule and pattern: its name, what it does, and the flag that it needs."""
    from tern.rewrite.rules import RULES

    rules = [(each.name, f"{each}{f'  [{each.flag}]' * bool(each.flag)}") for each in RULES]
    rules += [(each.name, f"{each.root}: {_summary(each)}") for each in SIZES]
    return "\n".join(f"{name:<28} {text}" for name, text in rules)


def _summary(pattern: Pattern) -> str:
    """The first line of what a pattern says of itself."""
    return (pattern.rewrite.__doc__ or "").partition("\n")[0]
