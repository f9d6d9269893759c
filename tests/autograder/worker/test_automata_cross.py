"""Tokens, regular expressions, and automata cross; what would break who walks them does not."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from autograder.worker import codecs, wire
from tern.text import Source, tokenize
from tern.text.automata import DFA, compile_rules, parse_regex, thompson
from tern.text.automata.samples import deep_regex
from tern.text.automata.strategies import automata, regexes

codecs.register_tern()


def crossed(value: Any) -> Any:
    return wire.Encoded.of(value).decode()


def same(one: DFA, other: DFA) -> None:
    assert (one.alphabet, one.accepting, one.start) == (
        other.alphabet,
        other.accepting,
        other.start,
    )
    assert np.array_equal(one.table, other.table) and one.table.dtype == other.table.dtype


@given(regexes(), automata())
def test_expressions_and_automata_cross(regex, dfa) -> None:
    assert crossed(regex) == regex
    assert crossed(thompson(regex)) == thompson(regex)
    same(crossed(dfa), dfa)


def test_a_deep_expression_crosses() -> None:
    tree = deep_regex(random.Random(1), 20_000)
    assert crossed(tree) == tree


def test_tokens_cross() -> None:
    tokens = tokenize(Source("fn f(x: f32) -> f32 { return x; }"))
    assert crossed(tokens) == tokens and type(crossed(tokens)[0]) is type(tokens[0])


SMALL = compile_rules(["ab*"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"table": SMALL.table.tolist()}, "array of int32"),
        ({"table": SMALL.table.astype(np.int64)}, "array of int32"),
        ({"table": SMALL.table[:, :1]}, "a column for each class"),
        ({"table": SMALL.table + np.int32(1)}, "no state"),
        ({"table": SMALL.table[::-1].copy()}, "state 0 of a DFA is the dead one"),
        ({"start": 99}, "no state 99"),
        ({"start": np.int32(1)}, "a state is a whole number"),
        ({"accepting": list(SMALL.accepting)}, "is a tuple"),
        ({"accepting": (-1, 0.0, 0)}, "number of a rule"),
        ({"accepting": (-2, 0, 0)}, "number of a rule"),
        ({"alphabet": None}, "is an Alphabet"),
        (
            {"alphabet": dataclasses.replace(SMALL.alphabet, starts=(0, 98, 97, 99))},
            "into intervals",
        ),
    ],
)
def test_a_broken_dfa_is_refused_in_words(change, message) -> None:
    with pytest.raises(wire.Unsendable, match=message):
        wire.Encoded.of(dataclasses.replace(SMALL, **change))


NFA = thompson(parse_regex("ab"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epsilon": NFA.epsilon[1:]}, "lengths differ"),
        ({"epsilon": tuple(NFA.epsilon)}, "are lists"),
        ({"epsilon": [{1}, *NFA.epsilon[1:]]}, "are lists"),
        ({"epsilon": [[4], *NFA.epsilon[1:]]}, "no state 4"),
        ({"moves": [[(((97, 97),), 9)], *NFA.moves[1:]]}, "no state 9"),
        ({"moves": [[("a", 1)], *NFA.moves[1:]]}, "are ranges"),
        ({"moves": [[("a", 1, 2)], *NFA.moves[1:]]}, "pairs"),
        ({"start": None}, "a state is a whole number"),
        ({"accepting": [True, *NFA.accepting[1:]]}, "number of a rule"),
    ],
)
def test_a_broken_nfa_is_refused_in_words(change, message) -> None:
    with pytest.raises(wire.Unsendable, match=message):
        wire.Encoded.of(dataclasses.replace(NFA, **change))


@pytest.mark.parametrize(
    "data",
    [
        {"class": "token", "of": ["a", "b", "c", 1]},
        {"class": "regex", "of": [2]},
        {"class": "regex", "of": []},
        {"class": "regex", "of": [[1, -1]]},
        {"class": "nfa", "of": [0, [[1]], [[]], [], [-1]]},
        {"class": "dfa", "of": [[[0], [0], 1], 1, [], 0]},
    ],
)
def test_forged_automata_raise_and_do_nothing_else(data: dict) -> None:
    with pytest.raises((ValueError, TypeError, wire.Unsendable, wire.Broken)):
        wire.decode(data, [])
