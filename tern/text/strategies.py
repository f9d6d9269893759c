"""Hypothesis strategies for syntax trees and texts. Imports Hypothesis: import this in tests.

Examples are built from small choices, each of which shrinks to the plainest, and not from a
seed: a counterexample shrinks to a small text.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tern.parts import original
from tern.text import samples, tree
from tern.text.samples import Choose


def _choose_by(draw: st.DrawFn) -> Choose:
    return lambda n: draw(st.integers(0, n - 1)) if n > 1 else 0


@st.composite
def expressions(draw: st.DrawFn, max_size: int = 12) -> tree.Expression:
    """Expression trees: any that the grammar knows."""
    return samples.random_expression(_choose_by(draw), draw(st.integers(1, max_size)))


@st.composite
def blocks(draw: st.DrawFn, max_size: int = 16) -> tree.Block:
    """Blocks of statements, empty ones too."""
    return samples.random_block(_choose_by(draw), draw(st.integers(0, max_size)))


@st.composite
def modules(draw: st.DrawFn, max_functions: int = 2, max_size: int = 10) -> tree.Module:
    """Modules, empty ones too."""
    count = draw(st.integers(0, max_functions))
    return samples.random_module(_choose_by(draw), count, draw(st.integers(0, max_size)))


@st.composite
def expression_texts(draw: st.DrawFn, max_size: int = 12) -> str:
    """Correct expressions in any layout, with needless parentheses."""
    choose = _choose_by(draw)
    expression = samples.random_expression(choose, draw(st.integers(1, max_size)))
    return samples.scatter(samples.spell(expression, choose), choose)


@st.composite
def block_texts(draw: st.DrawFn, max_size: int = 16) -> str:
    """Correct blocks in any layout."""
    return samples.scatter(original("text.show")(draw(blocks(max_size))), _choose_by(draw))


@st.composite
def module_texts(draw: st.DrawFn, max_functions: int = 2, max_size: int = 10) -> str:
    """Correct programs in any layout."""
    module = draw(modules(max_functions, max_size))
    return samples.scatter(original("text.show")(module), _choose_by(draw))


@st.composite
def token_soup(draw: st.DrawFn, max_size: int = 24) -> str:
    """Tokens of the language in any order: hardly ever a program."""
    words = "; { } let x = ( ) if while return fn , + not 1 : for in .. else -> [ ]".split()
    return " ".join(draw(st.lists(st.sampled_from(words), max_size=max_size)))


@st.composite
def planted_mistakes(draw: st.DrawFn, max_size: int = 20) -> tuple[str, list[int]]:
    """A block with broken statements in it, and the lines of the mistakes: samples.planted."""
    return samples.planted(_choose_by(draw), draw(st.integers(0, max_size)))
