"""tern with other right answers in it. Each test is of something that no contract said once: tern
ran with the book's parts, and not with these."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tern
from tern.build import build
from tern.frontends.stablehlo import import_stablehlo
from tern.frontends.stablehlo.drawn import random_stablehlo
from tern.ir import Operation, functions, outcome, parse, run, verify
from tern.passes.pipeline import O1, PASSES, pipeline
from tern.passes.samples import planted_program, random_arguments
from tern.rewrite import canonicalize
from tern.text import Diagnostic, Source
from tern.text import parse as parse_program
from tests.tern.other_answers import ANSWERS

NETWORK = """
fn embedded(ids: i32[n], words: f32[v, 8], k: i32) -> f32[n, 8] {
    let scale = 1.0;
    let i = 0;
    while i < k { scale = scale * 2.0; i = i + 1; }
    return layer_norm(take(words, ids) * scale, words[0], words[1], 1e-5);
}
fn seen(x: f32[n, 6, 6, 2], w: f32[3, 3, 2, 4], k: i32) -> f32[n, 6, 6, 4] {
    let h = conv2d(x, w, padding=1);
    if k > 1 { h = relu(h) + 1.0; }
    return softmax(h);
}
"""


def both(computes: Callable[..., Any], *given: Any) -> tuple[Any, Any]:
    """What tern computes with the book's parts, and with the others."""
    book = computes(*given)
    with tern.using(ANSWERS):
        return book, computes(*given)


def test_every_answer_replaces_a_part_and_is_not_the_book_s() -> None:
    for name, answer in ANSWERS.items():
        assert answer is not tern.parts.original(name)


def test_programs_of_tensors_are_built_alike() -> None:
    """Before to_ssa there are pure operations with regions, which use variables."""
    book, other = both(lambda: str(build(NETWORK)))
    assert other == book and "linalg.generic" in book


def test_what_is_in_brackets_is_as_high_for_every_parser() -> None:
    def told(n: int) -> str:
        ones, more = " + ".join("1" * n), " + 1.0" * n
        try:
            for each in (f"x[{ones}]{more}", f"sum([x[0], x[{ones}:2]{more}])"):
                source = f"fn f(x: f32[9]) -> f32 {{ return {each}; }}"
                parse_program(Source(source, brackets=True))
        except Diagnostic as error:
            return error.message
        return ""

    assert (
        both(lambda: [told(n) for n in (20, 90, 190)])
        == (["", "", "nested too deeply: more than 200 levels"],) * 2
    )


def results_after(names: list[str], module: Operation, calls: list[list[Any]]) -> list[str]:
    """What calls of a module's first function come to when these passes have run."""
    changed = module.clone()
    pipeline(names, check_analyses=True).run(changed)
    main = functions(changed)[0].attributes["sym_name"]
    found = [outcome(changed, main, *call) for call in calls]
    return [repr((each.results, each.error, each.location)) for each in found]


def test_passes_keep_what_programs_compute() -> None:
    """Managed as well as alone: one that asks twice for an analysis has not to say so."""
    for seed in range(4):
        module, rng = planted_program(seed, 30), random.Random(seed)
        main = functions(module)[0]
        calls = [random_arguments(main, rng) for _ in range(3)]
        for names in (["dce"], ["dce", "licm", "dce"], O1):
            book, other = both(results_after, ["licm", *names], module, calls)
            assert other == book


def test_dead_code_may_be_looked_for_again_and_again() -> None:
    text = """
    func.func @f(%n: i32) -> i32 {
      %zero = arith.constant 0 : i32
      %one = arith.constant 1 : i32
      cf.br ^head(%zero : i32)
    ^nowhere:
      cf.br ^end
    ^head(%i: i32):
      %more = arith.cmpi slt, %i, %n : i32
      cf.cond_br %more, ^body, ^end
    ^body:
      %j = arith.addi %i, %one : i32
      cf.br ^head(%j : i32)
    ^end:
      %dead = arith.muli %i, %i : i32
      return %n : i32
    }
    """

    def left(managed: bool) -> str:
        module = parse(text)
        if managed:
            pipeline(["reduce-strength", "dce"], check_analyses=True).run(module)
        else:
            PASSES["dce"].run(module)
        return str(module)

    with tern.using(ANSWERS):
        alone = left(managed=False)
        assert left(managed=True) == alone and alone.count("^bb") < 4
    assert left(managed=True).count("^bb") == alone.count("^bb")


def test_canonical_forms_are_found_by_the_tree_in_force() -> None:
    source = "fn f(x: i32, y: i32) -> i32 { return (x + 0) * 1 - (y - y) + 2 * 3 * x; }"

    def canonical() -> tuple[int, str]:
        module = build(source)
        changes = canonicalize(module).changes
        verify(module)
        return changes, str(module)

    asked = []

    def spy(rules: Any) -> Any:
        asked.append(len(rules))
        return ANSWERS["rewrite.decision_tree"](rules)

    book, other = both(canonical)
    assert other == book and book[0] > 0
    with tern.using({**ANSWERS, "rewrite.decision_tree": spy}):
        assert canonical() == book
    assert len(asked) == 1 and canonical() == book


def test_sizes_that_differ_are_told_in_the_order_of_the_arguments() -> None:
    module = build("fn f(x: f32[n], y: f32[n]) -> f32[n] { return x + y; }")

    def told(*sizes: int) -> str:
        with pytest.raises(ValueError) as caught:
            run(module, "f", *[np.ones(size, np.float32) for size in sizes])
        return str(caught.value)

    for first, second in ((3, 5), (5, 3)):
        book, other = both(told, first, second)
        assert other == book
        assert f"is {first} by axis 0 of argument 1, and {second} by axis 0" in book


def test_stablehlo_is_read_alike_constants_without_sign_as_well() -> None:
    for width in (8, 32, 64):
        kind = f"tensor<2xui{width}>"
        text = (
            f"module {{ func.func @main(%x: {kind}) -> {kind} {{\n"
            f"  %c = stablehlo.constant dense<[{2**width - 1}, {2 ** (width - 1)}]> : {kind}\n"
            f"  %0 = stablehlo.maximum %x, %c : {kind}\n  return %0 : {kind} }} }}"
        )
        book, other = both(lambda given: str(import_stablehlo(given)), text)
        assert other == book
    draw = np.random.default_rng(7).standard_normal
    for seed in range(4):
        text = random_stablehlo(random.Random(seed), 30)
        book, other = both(import_stablehlo, text)
        types = functions(book)[0].attributes["function_type"].inputs
        given = [draw(type.shape).astype(np.float32) for type in types]
        assert np.array_equal(*[run(each, "main", *given) for each in (book, other)], True)


def test_pictures_of_trees_need_no_more_of_a_printer_than_week_3_asks_for() -> None:
    from tern.draw.climbing import syntax_tree
    from tern.text import tree

    source = "fn f(x: f32[n]) -> f32 { return sum(x[0:2]) + sum(concat([x, x], axis=0)); }"
    (function,) = parse_program(Source(source, brackets=True)).functions
    value = function.body.statements[0].value
    book = tern.parts.original("text.show")

    def without_brackets(node: tree.Node) -> str:
        if any(isinstance(each, tree.List | tree.Subscript) for each in tree.walk(node)):
            raise TypeError(f"this week's grammar has no such node: {node!r}")
        return book(node)

    with tern.using({"text.show": without_brackets}):
        assert "x[0:2]" in str(syntax_tree(value))
