"""Rewriting: patterns, rules as data, the greedy driver, canonical forms; conversion; equality
saturation. (The equations that saturation starts from are in tern.rewrite.equations.)"""

from tern.rewrite.canonical import canonicalize
from tern.rewrite.conversion import Conversion, ConversionError, convert
from tern.rewrite.egraph import EGraph, cheapest
from tern.rewrite.ematching import Terms
from tern.rewrite.expressions import cheapest_forms, cost_of
from tern.rewrite.folding import fold, number_of
from tern.rewrite.greedy import Statistics, greedy
from tern.rewrite.matching import decision_tree, matcher
from tern.rewrite.pattern import Pattern, PatternLike, RewriteError, pattern
from tern.rewrite.rewriter import Rewriter
from tern.rewrite.rule import Rule, rule, variants
from tern.rewrite.saturation import Computed, Saturation, saturate

__all__ = [
    "Computed",
    "Conversion",
    "ConversionError",
    "EGraph",
    "Pattern",
    "PatternLike",
    "RewriteError",
    "Rewriter",
    "Rule",
    "Saturation",
    "Statistics",
    "Terms",
    "canonicalize",
    "cheapest",
    "cheapest_forms",
    "convert",
    "cost_of",
    "decision_tree",
    "fold",
    "greedy",
    "matcher",
    "number_of",
    "pattern",
    "rule",
    "saturate",
    "variants",
]
