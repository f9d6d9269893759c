"""Random trees and texts: what tern's front end says of them is known beforehand."""

import pytest
from hypothesis import given, settings

from tern import parts
from tern.text import (
    Cursor,
    Diagnostic,
    Source,
    parse,
    parse_block,
    parse_expression,
    recover,
    samples,
    show,
    strategies,
    tokenize,
    tree,
)
from tern.text.cursor import MAX_DEPTH
from tern.text.diagnostics import TooManyErrors
from tern.text.recovery import STATEMENT_STARTS

few = settings(deadline=None, max_examples=60)


def at(text: str, position: int = 0) -> Cursor:
    cursor = Cursor(Source(text))
    for _ in range(position):
        cursor.advance()
    return cursor


def error_lines(text: str) -> list[int]:
    try:
        parse(text)
    except Diagnostic as error:
        return [one.line for one in error.errors]
    return []


@few
@given(strategies.expressions())
def test_an_expression_comes_back_from_its_text(node) -> None:
    assert parse_expression(at(show(node))) == node


@few
@given(strategies.modules())
def test_a_module_comes_back_from_its_text(module) -> None:
    assert parse(show(module)) == module
    assert show(parse(show(module))) == show(module)


@few
@given(strategies.expression_texts())
def test_the_layout_and_needless_parentheses_do_not_matter(text) -> None:
    cursor = at(text)
    node = parse_expression(cursor)
    assert cursor.token.kind == "end" and cursor.depth == 0
    assert parse_expression(at(show(node))) == node
    for one in tree.walk(node):
        assert parse_expression(at(text[slice(*one.span)])) == one or type(one) is tree.Keyword


@few
@given(strategies.block_texts())
def test_a_block_is_read_whole(text) -> None:
    cursor = at(text)
    parse_block(cursor)
    assert cursor.token.kind == "end" and cursor.depth == 0 and not cursor.errors


@few
@given(strategies.planted_mistakes())
def test_one_run_reports_every_planted_mistake_and_nothing_else(planted) -> None:
    text, lines = planted
    assert error_lines("fn f(x: i32) -> i32\n" + text) == [line + 1 for line in lines]


@few
@given(strategies.token_soup())
def test_recovery_moves_on_and_stays_in_its_block(text) -> None:
    count = len(at(text).tokens)
    for position in range(count):
        cursor = at(text, position)
        recover(cursor, position)
        skipped = [token.kind for token in cursor.tokens[position : cursor.position]]
        stopped = at(text, position).token.kind in ("}", "fn", "end")
        assert (cursor.position > position) != stopped
        assert "fn" not in skipped
        depth = 0
        for kind in skipped:
            depth += (kind == "{") - (kind == "}")
            assert depth >= 0
        assert cursor.token.kind in ("}", "fn", "end", *STATEMENT_STARTS) or skipped[-1] in (
            ";",
            "}",
        )


@few
@given(strategies.token_soup())
def test_anything_else_is_a_diagnostic(text) -> None:
    for read in (parse, lambda t: parse_block(at("{" + t)), lambda t: parse_expression(at(t))):
        try:
            read(text)
        except (Diagnostic, TooManyErrors):
            pass


@pytest.mark.parametrize("seed", range(5))
def test_large_samples_are_right(seed) -> None:
    assert parse_expression(at(samples.expression_text(seed, 500))).function.text == "f"
    assert len(parse(samples.program_text(seed, 5, 20)).functions) == 5
    deep = samples.deep_program(seed, 2)
    assert parse(show(deep)) == deep


def test_a_function_after_an_unclosed_block_is_read() -> None:
    text = "fn f() -> i32 { if a {\nfn g() -> i32 { return; }\nfn h() -> i32 { return 1; }"
    assert error_lines(text) == [2, 2]
    assert error_lines("fn fn g() -> i32 { return 1; }") == [1]


def test_a_semicolon_alone_costs_no_neighbor() -> None:
    cursor = at("{ ; x = 1; { y = 2; } z = 3; }")
    block = parse_block(cursor)
    assert [one.name.text for one in block.statements] == ["x", "z"]
    assert [error.column for error in cursor.errors] == [3, 12]


def test_levels_are_bounded_and_two_frames_each() -> None:
    assert parse_expression(at("(" * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1)))
    with pytest.raises(Diagnostic, match="too deeply"):
        parse_expression(at("(" * 100_000 + "a" + ")" * 100_000))


def test_nodes_and_cursors_say_what_they_are() -> None:
    cursor = at("a + b", 1)
    assert str(cursor) == "a \u2038+ b"
    assert str(parse_expression(at("a + 1"))) == "Binary + left=a\n  right: Integer 1"
    names = [type(node).__name__ for node in tree.walk(parse_expression(at("f(-a, k=b)")))]
    assert names == ["Call", "Name", "Unary", "Name", "Keyword", "Name", "Name"]


def test_the_parts_of_the_parser_are_called_through_the_registry() -> None:
    called = []

    def spy(name):
        original = parts.original(name)

        def mine(*arguments):
            called.append(name)
            return original(*arguments)

        return mine

    names = ["text.parse_block", "text.recover"]
    with parts.using({name: spy(name) for name in names}), pytest.raises(Diagnostic):
        parse("fn f() -> i32 { x = ; return 1; }")
    assert called == names


def test_tokens_scattered_are_the_same_tokens() -> None:
    for seed in range(50):
        choose = samples.chooser(seed)
        text = show(samples.random_module(choose, 2, 10))
        scattered = samples.scatter(text, choose)
        assert [t[:2] for t in tokenize(scattered)] == [t[:2] for t in tokenize(text)]
