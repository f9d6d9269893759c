"""The figures of rewriting say what the driver, the matcher, and saturation do."""

from __future__ import annotations

from tern.build import build
from tern.ir import parse
from tern.rewrite import canonicalize, cost_of, rule
from tern.rewrite.canonical import patterns
from tern.rewrite.equations import REAL
from tern.workshop.rewriting.expressions import TWICE_HALF
from tern.workshop.rewriting.pictures import decisions, growing, rewriting

PROGRAM = "fn f(x: i32) -> i32 { return ((2 + x) + 3) * (4 - 3); }"


def test_the_driver_is_shown_from_the_program_to_the_canonical_form() -> None:
    module, same = build(PROGRAM), build(PROGRAM)
    first, *_, last = str(rewriting(module, patterns())).split("-- ")[1:]
    canonicalize(same)
    assert str(module) == str(same)
    assert first.count("arith.") == 8 and last.count("arith.") == 2


def test_each_pattern_that_fires_is_a_step_and_says_where_it_was_tried() -> None:
    text = str(rewriting(build(PROGRAM), patterns()))
    assert [line for line in text.splitlines() if " fires" in line and " on %" not in line] == []
    for name in ("constant-right", "constants-together", "multiply-by-one"):
        assert text.count(f"-- {name} fires") == 1


def test_every_rule_is_in_the_tree_once() -> None:
    rules = {
        "zero": "addi(x, 0) -> x",
        "back": "addi(subi(x, y), y) -> x",
        "one": "muli(x, 1) -> x",
    }
    text = str(decisions([rule(name, text) for name, text in rules.items()]))
    assert [text.splitlines().count(name) for name in rules] == [1, 1, 1]
    assert "#1 = #0.1?" in text and "(whatever)" not in text


def test_the_graph_grows_until_nothing_is_new() -> None:
    lines = str(growing(parse(TWICE_HALF), REAL, cost_of)).splitlines()
    assert lines[0] == "the program: 4 nodes in 4 classes"
    assert "new by" in lines[1] and "extract" in lines[-1]
    assert lines[-1].endswith(lines[-2].partition("; ")[0].partition(": ")[2])


def test_saturation_that_does_not_end_is_cut_off() -> None:
    swap = rule("right", "addi(addi(x, y), z) -> addi(x, addi(y, z))")
    back = rule("left", "addi(x, addi(y, z)) -> addi(addi(x, y), z)")
    program = build("fn f(a: i32, b: i32, c: i32, d: i32) -> i32 { return a + b + c + d; }")
    lines = str(growing(program, [swap, back], cost_of, max_iterations=1)).splitlines()
    assert len(lines) == 3 and lines[-1].startswith("the limit")
