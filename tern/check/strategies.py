"""Expressions for Hypothesis, most of them with mistakes."""

from __future__ import annotations

from hypothesis import strategies as st

OPERATORS = ["+", "-", "*", "/", "%", "@", "==", "<", "and", "or"]
LITERALS = ["1", "0", "2.5", "true", "1e39", "3000000000", "(-1)", "(-0.5)"]
CALLS = [
    "-({})",
    "(not {})",
    "exp({})",
    "max({}, 1)",
    "i64({})",
    "transpose({})",
    "sum({}, axis=0)",
]


def typed_expressions(names: list[str]) -> st.SearchStrategy[str]:
    """Texts of expressions over these names, literals, operators, and some calls."""
    leaves = st.sampled_from([*names, *names, *LITERALS])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda a, op, b: f"({a} {op} {b})", inner, st.sampled_from(OPERATORS), inner),
            st.builds(lambda form, a: form.format(a), st.sampled_from(CALLS), inner),
        ),
        max_leaves=12,
    )
