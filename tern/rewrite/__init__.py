"""Rewriting: what a program is equal to, and which of it to choose."""

from tern.rewrite.egraph import EGraph, cheapest
from tern.rewrite.equations import CHAIN, FLOAT_CHAIN, LAYOUT, REAL, RING
from tern.rewrite.expressions import cheapest_forms, cost_of
from tern.rewrite.ematching import Terms, View
from tern.rewrite.saturation import Computed, Saturation, saturate

__all__ = [
    "CHAIN",
    "Computed",
    "EGraph",
    "FLOAT_CHAIN",
    "LAYOUT",
    "REAL",
    "RING",
    "Saturation",
    "Terms",
    "View",
    "cheapest",
    "cheapest_forms",
    "cost_of",
    "saturate",
]
