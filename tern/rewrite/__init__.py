"""Rewriting: patterns, rules as data, the greedy driver, canonical forms."""

from tern.rewrite.canonical import canonicalize
from tern.rewrite.folding import fold, number_of
from tern.rewrite.greedy import Statistics, greedy
from tern.rewrite.matching import matcher
from tern.rewrite.pattern import Pattern, PatternLike, RewriteError, pattern
from tern.rewrite.rewriter import Rewriter
from tern.rewrite.rule import Rule, rule, variants

__all__ = [
    "Pattern",
    "PatternLike",
    "RewriteError",
    "Rewriter",
    "Rule",
    "Statistics",
    "canonicalize",
    "fold",
    "greedy",
    "matcher",
    "number_of",
    "pattern",
    "rule",
    "variants",
]
