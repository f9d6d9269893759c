"""Syntax trees and cursors cross between judge and worker, and nothing damaged does."""

import pytest
from hypothesis import given, settings

from autograder import values, wire
from tern.text import Cursor, Diagnostic, Source, parse_block, parse_expression
from tern.text import strategies, tree

values.register_tern()


def crossed(value):
    return wire.Encoded.of(value).decode()


def spans(node):
    return [(type(one), one.span) for one in tree.walk(node)]


@settings(deadline=None, max_examples=60)
@given(strategies.modules())
def test_a_tree_arrives_as_it_was(module):
    assert crossed(module) == module


@settings(deadline=None, max_examples=60)
@given(strategies.expression_texts())
def test_spans_arrive_too(text):
    node = parse_expression(Cursor(Source(text)))
    assert crossed(node) == node and spans(crossed(node)) == spans(node)


def test_equal_trees_of_other_spans_are_encoded_differently():
    one, other = tree.Name("a"), tree.Name("a", span=(1, 2))
    assert one == other and wire.Encoded.of(one) != wire.Encoded.of(other)


def test_a_cursor_arrives_with_its_errors_and_goes_back():
    mine = Cursor(Source("{ let = 1; x = 2; } y", "t.tern"))
    theirs = crossed(mine)
    parse_block(theirs)
    wire.assign(mine, crossed(theirs))
    assert (mine.position, mine.token.text, mine.depth) == (theirs.position, "y", 0)
    assert [str(e) for e in mine.errors] == [str(e) for e in theirs.errors] != []
    with pytest.raises(ValueError, match="another text"):
        wire.assign(mine, Cursor(Source("x")))


def test_notes_with_places_arrive():
    cursor = Cursor(Source("{ if a { }"))
    try:
        parse_block(cursor)
    except Diagnostic as error:
        cursor.errors.append(error)
    (error,) = crossed(cursor).errors
    assert str(error) == str(cursor.errors[0]) and error.notes[0].span == (0, 1)


def high(levels):
    node = tree.Name("a")
    for _ in range(levels):
        node = tree.Unary("-", node)
    return node


def test_what_cannot_be_used_is_not_sent():
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


@pytest.mark.parametrize("data", [[], [[99, 0, 0]], [[-1]], [[5]], [[4, 0, 0]], ["a", "b"]])
def test_a_damaged_tree_is_refused(data):
    with pytest.raises((ValueError, IndexError)):
        wire.decode({"class": "tree", "of": data}, [])
