"""tern's lexer, which is written by hand, and the regular specification of its tokens agree."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.text import Diagnostic, Source, tokenize
from tern.text.automata.strategies import token_texts
from tern.text.automata.tokens import WRONG, pieces
from tern.text.strategies import module_texts


def same(text: str) -> None:
    expected = pieces(text)
    wrong = [(start, end) for kind, start, end in expected if kind in WRONG]
    try:
        tokens = tokenize(text)
    except Diagnostic as error:
        assert [tuple(each.span) for each in error.errors] == wrong
        kinds = ["not a number" if kind == "number" else "unexpected" for kind, *_ in expected]
        said = [kind for kind, (each, *_) in zip(kinds, expected) if each in WRONG]
        assert all(word in each.message for word, each in zip(said, error.errors, strict=True))
        return
    assert not wrong
    end = len(text)
    assert [(t.kind, *t.span) for t in tokens] == [*expected, ("end", end, end)]
    assert all(t.text == text[slice(*t.span)] for t in tokens)


ONE_OF_EACH = "xe0. \n/-=>!&"
"""One character of each class that the rules tell apart, but for those of signs and words."""


@pytest.mark.parametrize("length", range(5))
def test_all_short_texts(length) -> None:
    for characters in itertools.product(ONE_OF_EACH, repeat=length):
        same("".join(characters))


@given(token_texts(30))
@settings(max_examples=500)
def test_texts_made_of_pieces(text) -> None:
    same(text)


@given(st.text(st.sampled_from("0159.eE+-x_ ="), max_size=12))
@settings(max_examples=500)
def test_texts_that_are_nearly_numbers(text) -> None:
    same(text)


@given(st.text(max_size=20))
def test_any_text(text) -> None:
    same(text)


@given(module_texts())
def test_programs(text) -> None:
    same(text)


def test_characters_side_by_side_are_one_error() -> None:
    with pytest.raises(Diagnostic) as caught:
        tokenize(Source("a &&& b §\n§ 1x", "t"))
    assert [(e.message, e.line, e.column) for e in caught.value.errors] == [
        ("unexpected characters `&&&`", 1, 3),
        ("unexpected character `§`", 1, 9),
        ("unexpected character `§`", 2, 1),
        ("`1x` is not a number", 2, 3),
    ]


@pytest.mark.parametrize("text", ["x" * 10**6, "//" + "字" * 10**6, " " * 10**6, "𝄞" * 10**5])
def test_long_lines(text) -> None:
    try:
        assert 1 <= len(tokenize(text)) <= 2
    except Diagnostic as error:
        assert len(error.errors) == 1 and len(str(error)) < 1_000
