"""Pictures of automata show every state and step; the race counts what backtracking reads."""

from xml.etree import ElementTree

import pytest
from hypothesis import given

from tern.draw import automata as pictures
from tern.text.automata import (
    DEAD,
    compile_rules,
    determinize,
    join,
    minimize,
    parse_regex,
    thompson,
)
from tern.text.automata.strategies import automata, regexes


def circles(picture, kind: str = "state") -> list[ElementTree.Element]:
    root = ElementTree.fromstring(picture.html)
    return [node for node in root.iter() if kind in node.get("class", "").split()]


@given(regexes(8))
def test_an_nfa_is_drawn_whole(regex) -> None:
    nfa = thompson(regex)
    picture = pictures.nfa(nfa, lit=[nfa.start])
    assert len(circles(picture)) == len(nfa) and len(circles(picture, "lit")) == 1
    steps = sum(map(len, nfa.epsilon)) + sum(map(len, nfa.moves))
    assert len(circles(picture, "step-line")) == steps + 1  # and the one that leads to the start


@given(automata())
def test_a_dfa_is_drawn_without_its_dead_state(dfa) -> None:
    if len(dfa) == 1:
        return
    picture = pictures.dfa(dfa)
    accepting = sum(rule >= 0 for rule in dfa.accepting)
    assert len(circles(picture)) == len(dfa) - 1
    assert len(circles(picture, "ring")) == accepting == picture.text.count(" accepts")
    targets = sum(len(set(row) - {DEAD}) for row in dfa.table.tolist())
    assert len(circles(picture, "step-line")) == targets + 1


def test_states_that_are_merged_share_a_color() -> None:
    rules = [r"\d+\.\d+|\d+e\d+", r"\d+"]
    large = determinize(join([thompson(parse_regex(rule)) for rule in rules]))
    small = minimize(large)
    groups = pictures.merged(large, small)
    assert sorted(set(groups)) == list(range(len(small)))
    assert all(large.accepting[s] == small.accepting[g] for s, g in enumerate(groups))
    assert len(circles(pictures.dfa(large, groups), "hued")) == 4


def test_a_mark_is_a_pattern_of_the_classes() -> None:
    assert "1 -> 2 ([0-9])" in repr(pictures.dfa(compile_rules(["[0-9]+"])))


def test_backtracking_reads_fibonacci_numbers() -> None:
    reads = pictures.backtracking_reads(parse_regex("(a|aa)+"), "aaaaaaab")
    assert reads == [2, 3, 5, 8, 13, 21, 34, 55]
    assert pictures.backtracking_reads(parse_regex("(a*)*"), "aab") == [1, 2, 4]  # it ends
    assert pictures.backtracking_reads(parse_regex("ab|ac"), "ac") == [2, 2]
    with pytest.raises(ValueError, match="more than"):
        pictures.backtracking_reads(parse_regex("(a|aa)+"), "a" * 60 + "b", limit=10_000)


def test_the_race_has_a_step_for_each_character() -> None:
    figure = pictures.race("(a|aa)+", "aab")
    root = ElementTree.fromstring(figure.html)
    steps = [node for node in root.iter("section") if "step" in node.get("class", "").split()]
    assert len(steps) == 4 and all(
        step.find(".//{http://www.w3.org/2000/svg}svg") is not None for step in steps
    )
    assert "no match" in repr(figure) and "backtracking reads it    2  3  5" in repr(figure)
