"""Tokens, regular expressions, and automata cross as flat lists of numbers and strings.

An automaton that a reader made is looked at before it is sent: whoever walks it afterwards may
trust that every number in it is a state's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.report.words import a_or_an
from autograder.worker.codecs.tree import are_ints
from autograder.worker.wire import Codec, Unsendable
from tern.text import Span, Token
from tern.text.automata import (
    DFA,
    NFA,
    NONE,
    Alphabet,
    Alternate,
    Chars,
    Concat,
    Empty,
    Plus,
    Regex,
    Star,
    postorder,
)
from tern.text.automata.ranges import LAST


class TokenCodec(Codec):
    tag = "token"

    def encode(self, value: Token) -> list:
        if [type(value.kind), type(value.text)] != [str, str] or not _is_span(value.span):
            raise Unsendable("a Token has a kind and a text, which are strings, and a Span")
        return [value.kind, value.text, *value.span]

    def decode(self, data: list) -> Token:
        kind, text, start, end = data
        if [type(kind), type(text)] != [str, str] or not are_ints([start, end]):
            raise ValueError("a damaged token")
        return Token(kind, text, Span(start, end))


def _is_span(span: Any) -> bool:
    return type(span) is Span and are_ints(tuple(span))


# ---- regular expressions ------------------------------------------------------------------------

KINDS = (Empty, Chars, Concat, Alternate, Star, Plus)
CHILDREN = (0, 0, 2, 2, 1, 1)


class RegexCodec(Codec):
    """A tree crosses in postorder: each node as the number of its kind, a set as its ends."""

    tag = "regex"

    def encode(self, value: Regex) -> list:
        return [
            [end for pair in node.ranges for end in pair]
            if isinstance(node, Chars)
            else KINDS.index(type(node))
            for node in postorder(value)
        ]

    def decode(self, data: list) -> Regex:
        trees: list[Regex] = []
        for item in data:
            if type(item) is list:
                trees.append(Chars(_ranges(item)))
                continue
            count = CHILDREN[item]
            if count > len(trees):
                raise ValueError("a damaged regular expression")
            children = trees[len(trees) - count :]
            del trees[len(trees) - count :]
            trees.append(KINDS[item](*children))
        (tree,) = trees
        return tree


def _ranges(ends: list) -> tuple[tuple[int, int], ...]:
    if any(type(end) is not int or not 0 <= end <= LAST for end in ends) or len(ends) % 2:
        raise ValueError("a damaged set of characters")
    return tuple(zip(ends[::2], ends[1::2]))


# ---- automata -----------------------------------------------------------------------------------


class NFACodec(Codec):
    tag = "nfa"

    def encode(self, value: NFA) -> list:
        _check_nfa(value)
        numbers: dict[Any, int] = {}  # many moves are by the same set of characters
        moves = [
            [
                n
                for ranges, target in row
                for n in (numbers.setdefault(ranges, len(numbers)), target)
            ]
            for row in value.moves
        ]
        sets = [[end for pair in ranges for end in pair] for ranges in numbers]
        return [value.start, value.epsilon, moves, sets, value.accepting]

    def decode(self, data: list) -> NFA:
        start, epsilon, moves, sets, accepting = data
        ranges = [_ranges(ends) for ends in sets]
        paired = [[(ranges[n], t) for n, t in zip(row[::2], row[1::2])] for row in moves]
        nfa = NFA(start, epsilon, paired, accepting)
        _check_nfa(nfa)
        return nfa


def _check_nfa(nfa: NFA) -> None:
    """Raises Unsendable, in words for the reader."""
    lists = (nfa.epsilon, nfa.moves, nfa.accepting)
    if any(type(each) is not list for each in lists):
        raise Unsendable("the `epsilon`, `moves`, and `accepting` of an NFA are lists")
    if len({len(each) for each in lists}) != 1:
        raise Unsendable("the lists of an NFA have one item for each state: their lengths differ")
    count = len(nfa.epsilon)
    for state, (epsilon, moves) in enumerate(zip(nfa.epsilon, nfa.moves)):
        if type(epsilon) is not list or type(moves) is not list:
            raise Unsendable(f"`epsilon[{state}]` and `moves[{state}]` of an NFA are lists")
        if any(type(move) is not tuple or len(move) != 2 for move in moves):
            raise Unsendable(f"`moves[{state}]` has pairs in it, (ranges, target)")
        if any(not _are_ranges(ranges) for ranges, _ in moves):
            raise Unsendable(f"what `moves[{state}]` reads are ranges, ((low, high), ...)")
        _check_states([*epsilon, *(target for _, target in moves)], count)
    _check_states([nfa.start], count)
    _check_rules(nfa.accepting)


def _are_ranges(ranges: Any) -> bool:
    return type(ranges) is tuple and all(type(pair) is tuple and are_ints(pair) for pair in ranges)


class DFACodec(Codec):
    tag = "dfa"

    def encode(self, value: DFA) -> list:
        _check_dfa(value)
        a = value.alphabet
        return [[a.starts, a.classes, a.size], value.table, value.accepting, value.start]

    def decode(self, data: list) -> DFA:
        (starts, classes, size), table, accepting, start = data
        dfa = DFA(Alphabet(starts, classes, size), table, accepting, start)
        _check_dfa(dfa)
        return dfa


def _check_dfa(dfa: DFA) -> None:
    """Raises Unsendable, in words for the reader."""
    _check_alphabet(dfa.alphabet)
    table = dfa.table
    if type(table) is not np.ndarray or table.dtype != np.int32 or table.ndim != 2:
        raise Unsendable("the `table` of a DFA is an array of int32, states x classes")
    if len(table) == 0 or table.shape[1] != dfa.alphabet.size:
        raise Unsendable(
            f"the `table` of a DFA has a row for each state, the dead one first, and a column for "
            f"each class of its alphabet: its shape is {table.shape}, for {dfa.alphabet.size} "
            f"classes"
        )
    if type(dfa.accepting) is not tuple or len(dfa.accepting) != len(table):
        raise Unsendable("the `accepting` of a DFA is a tuple, with one rule for each state")
    _check_states([dfa.start, int(table.min(initial=0)), int(table.max(initial=0))], len(table))
    _check_rules(dfa.accepting)
    if table[0].any() or dfa.accepting[0] != NONE:
        raise Unsendable(
            "state 0 of a DFA is the dead one: it leads to 0 only, and accepts nothing"
        )


def _check_alphabet(alphabet: Any) -> None:
    if type(alphabet) is not Alphabet:
        raise Unsendable(f"the `alphabet` of a DFA is an Alphabet, not {a_or_an(alphabet)}")
    starts, classes = alphabet.starts, alphabet.classes
    ints = all(type(n) is int for each in (starts, classes) for n in each)
    if not ints or type(starts) is not tuple or type(classes) is not tuple:
        raise Unsendable("the `starts` and `classes` of an Alphabet are tuples of whole numbers")
    ordered = starts[:1] == (0,) and list(starts) == sorted(set(starts)) and starts[-1] <= LAST
    if not ordered or len(starts) != len(classes) or not set(classes) <= set(range(alphabet.size)):
        raise Unsendable("the Alphabet does not cut the code points into intervals from 0 on")


def _check_states(states: list, count: int) -> None:
    for state in states:
        if type(state) is not int:
            raise Unsendable(f"a state is a whole number, not {a_or_an(state)}")
        if not 0 <= state < count:
            raise Unsendable(f"there is no state {state} in an automaton of {count} states")


def _check_rules(rules: Any) -> None:
    if any(type(rule) is not int or rule < NONE for rule in rules):
        raise Unsendable("what a state accepts is the number of a rule, or NONE (-1)")
