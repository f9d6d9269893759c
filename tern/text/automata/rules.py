"""From a list of patterns to the one table that a scanner needs."""

from __future__ import annotations

from collections.abc import Iterable

from tern.text.automata.dfa import DFA, MAX_STATES, determinize
from tern.text.automata.minimize import minimize
from tern.text.automata.nfa import join, thompson
from tern.text.automata.read import parse_regex


def compile_rules(patterns: Iterable[str], max_states: int = MAX_STATES) -> DFA:
    """The smallest automaton that matches a text by the first of `patterns` that matches all of it.

    Raises:
        Diagnostic: a pattern is not one.
        TooManyStates: its table would have more than `max_states` states before it is minimized.
    """
    joined = join([thompson(parse_regex(pattern)) for pattern in patterns])
    return minimize(determinize(joined, max_states))
