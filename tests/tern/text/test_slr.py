"""The SLR tables are the textbook's, and the parser that follows them groups to the left."""

import pytest

from tern.text import slr

GRAMMAR = [("sum", ["sum", "-", "product"]), ("sum", ["product"]),
           ("product", ["product", "*", "name"]), ("product", ["name"])]  # fmt: skip


def test_the_grammar_of_two_levels_has_no_conflict() -> None:
    rules, actions, conflicts = slr.tables(GRAMMAR)
    assert rules[0] == ("start", ["sum"]) and conflicts == []
    assert len(actions) == 8
    assert set(actions[0]) == {"name", "sum", "product"}
    assert {row["-"][0] for row in actions if "-" in row} == {"shift", "reduce"}
    kinds = {
        symbol: {row[symbol][0] for row in actions if symbol in row}
        for symbol in ("sum", "name", "end")
    }
    assert kinds == {"sum": {"goto"}, "name": {"shift"}, "end": {"reduce"}}


def test_its_parser_reduces_what_is_on_the_left_first() -> None:
    titles = [title for title, _ in slr.steps("a - b * c - d".split(), slr.tables(GRAMMAR))]
    assert titles[-1] == "Accept"
    assert [t.removeprefix("Reduce to ") for t in titles if t.startswith("Reduce")] == [
        "product", "sum", "product", "product", "sum", "product", "sum",
    ]  # fmt: skip
    with pytest.raises(KeyError):
        list(slr.steps("a - - b".split(), slr.tables(GRAMMAR)))


def test_the_ambiguous_grammar_has_a_conflict_at_each_operator_after_each() -> None:
    ambiguous = [("e", ["e", "-", "e"]), ("e", ["e", "*", "e"]), ("e", ["name"])]
    conflicts = slr.tables(ambiguous).conflicts
    assert sorted((token, other) for token, _, other in conflicts) == [
        (token, ("reduce", rule)) for token in "*-" for rule in (1, 2)
    ]
    assert {one[0] for _, one, _ in conflicts} == {"shift"}


def test_what_follows_is_found_however_far_it_has_to_travel() -> None:
    rules = [("start", ["a"]), *((chr(n), [chr(n + 1)]) for n in range(97, 110)), ("n", ["x"])]
    assert slr.followers(rules)["n"] == {"end"}
