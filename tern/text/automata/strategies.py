"""Hypothesis strategies for expressions, automata, and texts. Import this in tests."""

from __future__ import annotations

from hypothesis import strategies as st

from tern.text.automata import samples
from tern.text.automata.dfa import DFA
from tern.text.automata.regex import Regex
from tern.text.samples import Choose


def _choose_by(draw: st.DrawFn) -> Choose:
    return lambda n: draw(st.integers(0, n - 1)) if n > 1 else 0


@st.composite
def regexes(draw: st.DrawFn, max_nodes: int = 12) -> Regex:
    """Trees over a few characters, some of them not ASCII."""
    return samples.random_regex(_choose_by(draw), draw(st.integers(1, max_nodes)))


@st.composite
def automata(draw: st.DrawFn, max_states: int = 8) -> DFA:
    """Automata over a and b, with two rules; unreachable states and equivalent ones among them."""
    return samples.random_dfa(_choose_by(draw), draw(st.integers(0, max_states)))


def words(letters: str = "abcé字x", max_size: int = 8) -> st.SearchStrategy[str]:
    """Texts over a few characters."""
    return st.text(st.sampled_from(letters), max_size=max_size)


@st.composite
def token_texts(draw: st.DrawFn, max_pieces: int = 10) -> str:
    """Texts for tern's lexer, right and wrong ones."""
    return samples.random_text(_choose_by(draw), draw(st.integers(0, max_pieces)))
