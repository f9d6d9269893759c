"""Rewriting: what a program is equal to, and which of it to choose."""

from tern.rewrite.egraph import EGraph, cheapest

__all__ = ["EGraph", "cheapest"]
