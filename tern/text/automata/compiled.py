"""The scanner's loop as machine code: the same table, compiled by Numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from tern.text.automata.dfa import DEAD, DFA
from tern.text.automata.nfa import NONE


@njit
def _run(table: Any, start: int, letters: Any) -> int:
    """The state that a text ends in."""
    state = start
    for letter in letters:
        state = table[state, letter]
    return state


@njit
def _scan(table: Any, accepting: Any, start_state: int, letters: Any, tokens: Any) -> int:
    """Fill `tokens` with (rule, start, end) as `scan` would; returns how many there are."""
    length, count = len(letters), len(table)
    failed = {-1}
    farthest = start = written = 0
    while start < length:
        at, state = start, start_state
        rule, end, resume = NONE, start, state
        while at < length:
            state = table[state, letters[at]]
            at += 1
            if state == DEAD or (at <= farthest and at * count + state in failed):
                break
            if accepting[state] != NONE:
                rule, end, resume = accepting[state], at, state
        for position in range(end + 1, at):
            resume = table[resume, letters[position - 1]]
            failed.add(position * count + resume)
        farthest = max(farthest, at - 1)
        end = max(end, start + 1)
        tokens[written, 0], tokens[written, 1], tokens[written, 2] = rule, start, end
        written += 1
        start = end
    return written


def compiled_rule(dfa: DFA) -> Callable[[str], int]:
    """A function that does what `dfa.rule` does. The first call compiles."""
    table, accepting = np.ascontiguousarray(dfa.table), dfa.accepting
    return lambda text: accepting[_run(table, dfa.start, dfa.alphabet.classes_of(text))]


def compiled_scan(dfa: DFA) -> Callable[[str], np.ndarray]:
    """A function from a text to its tokens, an int64 array of rows (rule, start, end).

    They are those of `scan(dfa, text)`. The first call compiles.
    """
    table, accepting = np.ascontiguousarray(dfa.table), np.array(dfa.accepting, np.int64)

    def run(text: str) -> np.ndarray:
        tokens = np.empty((len(text), 3), np.int64)
        letters = dfa.alphabet.classes_of(text)
        return tokens[: _scan(table, accepting, dfa.start, letters, tokens)]

    return run
