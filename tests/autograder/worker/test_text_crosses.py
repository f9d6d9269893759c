"""Syntax trees and cursors cross between judge and worker, and nothing damaged does."""

from typing import Any

import pytest
from hypothesis import given, settings

from autograder.report import words
from autograder.worker import codecs, wire
from tern.text import (
    Cursor,
    Diagnostic,
    Source,
    parse,
    parse_block,
    parse_expression,
    strategies,
    tree,
)

codecs.register_tern()


def crossed(value) -> Any:
    return wire.Encoded.of(value).decode()


def spans(node) -> list[tuple]:
    return [(type(one), one.span) for one in tree.walk(node)]


@settings(deadline=None, max_examples=60)
@given(strategies.modules())
def test_a_tree_arrives_as_it_was(module) -> None:
    assert crossed(module) == module


@settings(deadline=None, max_examples=60)
@given(strategies.expression_texts())
def test_spans_arrive_too(text) -> None:
    node = parse_expression(Cursor(Source(text)))
    assert crossed(node) == node and spans(crossed(node)) == spans(node)


def test_equal_trees_of_other_spans_are_encoded_differently() -> None:
    one, other = tree.Name("a"), tree.Name("a", span=(1, 2))
    assert one == other and wire.Encoded.of(one) != wire.Encoded.of(other)


def test_a_cursor_arrives_with_its_errors_and_goes_back() -> None:
    mine = Cursor(Source("{ let = 1; x = 2; } y", "t.tern", brackets=True))
    theirs = crossed(mine)
    assert theirs.source.text == mine.source.text and theirs.source.brackets
    parse_block(theirs)
    wire.assign(mine, crossed(theirs))
    assert (mine.position, mine.token.text, mine.depth) == (theirs.position, "y", 0)
    assert [str(e) for e in mine.errors] == [str(e) for e in theirs.errors] != []
    with pytest.raises(ValueError, match="another text"):
        wire.assign(mine, Cursor(Source("x")))


def test_notes_with_places_arrive() -> None:
    cursor = Cursor(Source("{ if a { }"))
    try:
        parse_block(cursor)
    except Diagnostic as error:
        cursor.errors.append(error)
    (error,) = crossed(cursor).errors
    assert str(error) == str(cursor.errors[0]) and error.notes[0].span == (0, 1)


def high(levels) -> tree.Node:
    node = tree.Name("a")
    for _ in range(levels):
        node = tree.Unary("-", node)
    return node


def test_what_cannot_be_used_is_not_sent() -> None:
    assert crossed(high(199)) == high(199)
    with pytest.raises(wire.Unsendable, match="levels high"):
        wire.Encoded.of(high(100_000))
    with pytest.raises(wire.Unsendable, match="a Unary|a list|no part"):
        wire.Encoded.of(tree.Return([tree.Name("a")]))
    with pytest.raises(wire.Unsendable, match="no part of a syntax tree"):
        wire.Encoded.of(tree.Unary("-", Cursor(Source(""))))
    cursor = Cursor(Source("a b"))
    cursor.position = 1
    with pytest.raises(wire.Unsendable, match=r"use advance\(\)"):
        wire.Encoded.of(cursor)


def codes(node) -> list:
    return wire.Encoded.of(node).data["of"]


CHAIN = [item for _ in range(100_000) for item in (codes(tree.Unary("-", tree.Name("a")))[0], "-")]


@pytest.mark.parametrize(
    "data",
    [
        [], [[99, 0, 0]], [[-1]], [[5]], [[4, 0, 0]], ["a", "b"], [[-1, 0, 0], "a"],
        [[True, 0, 0], 1], [[3, 0.0, 0], "a"], [[3, 0, "b"], "a"], [[3, 0], "a"],
        [[3, 0, 0, 0], "a"], [[3, None, 0], "a"], [[0]], ["a"], [[1], "a"], [{"dict": []}],
        [[1 << 40, 0, 0]], [*CHAIN, "a"], [[1]] * 100_000 + ["a"],
    ],
    ids=lambda data: str(data)[:20],
)  # fmt: skip
def test_a_damaged_tree_is_refused(data) -> None:
    with pytest.raises((ValueError, IndexError, TypeError)):
        wire.decode({"class": "tree", "of": data}, [])


@pytest.mark.parametrize("more", [[], ["x"], ["x", 1], [None, "x"], ["x", "y", "z"]])
def test_a_module_with_a_damaged_source_is_refused(more) -> None:
    head, functions = codes(tree.Module(()))
    assert wire.decode({"class": "tree", "of": [head, functions]}, []) == tree.Module(())
    with pytest.raises((ValueError, TypeError)):
        wire.decode({"class": "tree", "of": [[*head[:3], *more], functions]}, [])


def test_a_module_crosses_with_its_source() -> None:
    source = Source("fn f() -> i32 { return 1; }", "f.tern")
    back = crossed(parse(source))
    assert (back.source.text, back.source.name) == (source.text, "f.tern")
    assert wire.Encoded.of(parse(source)) != wire.Encoded.of(parse(source.text))
    alone = crossed(source)
    assert (alone.text, alone.name) == (source.text, source.name)


@pytest.mark.parametrize(
    "data",
    [
        ["a", "t", 5, 0, []], ["a", "t", -1, 0, []], ["a", "t", 0, "0", []],
        ["a", "t", 0, 0.5, []], ["a", "t", True, 0, []], [1, "t", 0, 0, []],
        ["a", "t", 0, 0, [["m", 0, "1", []]]], ["a", "t", 0, 0, [["m", 0, 1, [["n", [0]]]]]],
        ["a", "t", 0, 0, [[0, 0, 1, []]]], ["a"],
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_cursor_is_refused(data) -> None:
    with pytest.raises((ValueError, TypeError)):
        wire.decode({"class": "cursor", "of": data}, [])


@pytest.mark.parametrize(
    "node, says",
    [
        (tree.Return(None), "the `value` of a node Return is None"),
        (tree.Unary("-", "a"), "the `operand` of a node Unary is a str"),
        (tree.Name(1), "the `text` of a node Name is an int"),
        (tree.Integer(True), "the `value` of a node Integer is a bool"),
        (tree.Block((tree.Name("x"),)), "among the `statements` of a node Block is a Name"),
        (tree.Block(tree.Return(tree.Name("x"))), "the `statements` of a node Block is a Return"),
        (
            tree.If(tree.Name("x"), tree.Block(()), tree.Name("x")),
            "the `otherwise` of a node If is a Name",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_a_field_of_another_type_does_not_cross(node, says) -> None:
    with pytest.raises(wire.Unsendable, match=says):
        wire.Encoded.of(node)


def test_a_forged_field_is_refused() -> None:
    with pytest.raises(ValueError, match="the `text` of a node Name is an int"):
        wire.decode({"class": "tree", "of": [codes(tree.Name("a"))[0], 1]}, [])


def test_odd_spans_sources_and_depths_are_not_sent() -> None:
    cursor = Cursor(Source("a"))
    cursor.depth = 0.5
    for odd in (
        tree.Name("a", span=(1, 2, 3)),
        tree.Name("a", span=None),
        tree.Name("a", span=("a", 1)),
        tree.Module((), source="text"),
        tree.Module((), source=Source(1)),
        tree.Node(),
        cursor,
    ):
        with pytest.raises(wire.Unsendable):
            wire.Encoded.of(odd)


def test_a_failure_shows_long_lines_shortened_and_where_texts_begin_to_differ() -> None:
    shown = words.show(Cursor(Source("(" * 100_000)))
    assert len(shown) < 500 and "(99,6" in shown
    lacks = words.difference("fn f\n}", "fn f\n}\n")
    assert lacks == "the result differs in its end alone: it lacks a line break"
    too_many = words.difference("fn f\n}\n\n", "fn f\n}\n")
    assert too_many == "the result differs in its end alone: it has a line break too many"
    assert (
        words.difference("a\nb\nc", "a\nx\nc")
        == "the result differs from line 2 on: expected 'x', got 'b'"
    )
    assert (
        words.difference("a\nb", "a\nb\nc")
        == "the result differs from line 3 on: expected 'c', got nothing"
    )
    assert words.difference("ab", "ac") == "the result differs"
    assert words.difference("a\n", "a\n") == ""
