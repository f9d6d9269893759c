import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.text import Diagnostic
from tern.text.automata import (
    Alternate,
    Chars,
    Concat,
    Empty,
    Plus,
    Star,
    characters,
    complement,
    matches,
    parse_regex,
    postorder,
    ranges_of,
    show_regex,
    thompson,
)
from tern.text.automata.samples import deep_regex
from tern.text.automata.strategies import regexes, words

A, B, C = (Chars(characters(letter)) for letter in "abc")


@pytest.mark.parametrize(
    ("pattern", "tree"),
    [
        ("", Empty()),
        ("a", A),
        ("abc", Concat(Concat(A, B), C)),
        ("a|b|c", Alternate(Alternate(A, B), C)),
        ("a|bc*", Alternate(A, Concat(B, Star(C)))),
        ("(ab)+", Plus(Concat(A, B))),
        ("a?", Alternate(A, Empty())),
        ("a|", Alternate(A, Empty())),
        ("()*", Star(Empty())),
        ("a{3}", Concat(Concat(A, A), A)),
        ("a{0}", Empty()),
        ("a{2,}", Concat(A, Plus(A))),
        ("a{,1}", Alternate(A, Empty())),
        ("a{0,}", Star(A)),
        ("[abc]", Chars(((97, 99),))),
        (r"[a\]\-z-]", Chars(characters("a]-z"))),
        ("[^b-d]", Chars(((0, 97), (101, sys.maxunicode)))),
        (".", Chars(((0, 9), (11, sys.maxunicode)))),
        (r"\.\\\n\x41\u5b57", parse_regex(r"[.][\\][\n]A字")),
        (r"\d", Chars(characters("0123456789"))),
        ("𝄞", Chars(((0x1D11E, 0x1D11E),))),
    ],
)
def test_patterns(pattern, tree) -> None:
    assert parse_regex(pattern) == tree
    assert parse_regex(show_regex(tree)) == tree


@pytest.mark.parametrize(
    ("pattern", "column", "message"),
    [
        ("a(b", 2, "never closed"),
        ("ab)", 3, "closes nothing"),
        ("a[bc", 2, "never closed"),
        ("[]", 1, "needs a character"),
        ("a[z-b]", 3, "empty"),
        (r"[\d-z]", 2, "from one character"),
        ("a|*", 3, "nothing to repeat"),
        ("a*+", 3, "repetition of a repetition"),
        ("a{3,2}", 2, "above"),
        ("a{x}", 2, "expected `{m}`"),
        ("a{", 2, "expected `{m}`"),
        ("a{²}", 2, "expected `{m}`"),
        ("a{9999999}", 2, "100,000 nodes"),
        ("((a{100}){100}){100}", 16, "100,000 nodes"),
        ("^a", 1, "anchor"),
        ("(?=a)", 1, "cannot start with"),
        (r"a\q", 2, "not known"),
        ("a\\", 2, "not known"),
        (r"\x4", 1, "no code point"),
        (r"\uzzzz", 1, "no code point"),
        (r"\UFFFFFFFF", 1, "no code point"),
    ],
)
def test_a_wrong_pattern_is_pointed_at(pattern, column, message) -> None:
    with pytest.raises(Diagnostic, match=message) as caught:
        parse_regex(pattern)
    assert caught.value.column == column


@given(regexes())
def test_text_and_tree_are_inverse(regex) -> None:
    assert parse_regex(show_regex(regex)) == regex


@given(regexes(), words())
def test_what_is_matched_is_what_re_matches(regex, text) -> None:
    assert matches(thompson(regex), text) == bool(re.fullmatch(show_regex(regex), text))


@given(st.text(st.sampled_from("ab|*+?()[]^-{},1.\\dw"), max_size=10), words("ab1-", 4))
@settings(max_examples=300)
def test_a_pattern_means_what_it_means_to_re(pattern, text) -> None:
    try:
        nfa = thompson(parse_regex(pattern))
    except Diagnostic:
        return
    assert matches(nfa, text) == bool(re.fullmatch(pattern, text, re.ASCII))


@given(st.text(max_size=12))
def test_any_text_is_a_pattern_or_a_diagnostic(text) -> None:
    try:
        parse_regex(text)
    except Diagnostic as error:
        assert str(error)


def test_depth_is_no_matter(rng) -> None:
    tree = deep_regex(rng, 20_000)
    assert 19_998 <= sum(1 for _ in postorder(tree)) <= 20_000
    assert parse_regex(show_regex(tree)) == tree and hash(tree) == hash(tree)
    assert parse_regex("(" * 20_000 + "a" + ")" * 20_000) == A


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)).map(lambda p: (p[0], sum(p)))))
def test_ranges(pairs) -> None:
    ranges = ranges_of(pairs)
    inside = {code for low, high in pairs for code in range(low, high + 1)}
    assert {code for low, high in ranges for code in range(low, high + 1)} == inside
    assert all(high + 1 < low for (_, high), (low, _) in zip(ranges, ranges[1:]))
    assert complement(complement(ranges)) == ranges
