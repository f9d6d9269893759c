"""The figures of week 9: what a solver knows at each visit, and which operations are equal."""

from xml.etree import ElementTree

import pytest

from tern import draw
from tern.analysis import GenKill, solve
from tern.ir import functions, parse

LOOP = [[1], [2, 3], [1], []]


def test_each_visit_is_a_step_with_the_facts_of_that_moment() -> None:
    problem = GenKill([0b01, 0, 0b10, 0], [0] * 4, 0b11, backward=False, must=False)
    visits = solve(problem, LOOP).visits
    labels = ["^entry", "^loop\nwhile", "^body", "^end"]
    shown = draw.worklist(problem, LOOP, visits, lambda facts: f"{facts:02b}", labels)
    assert shown.text.split("\n")[0] == "visit 1: ^entry: at its start 00, at its end 01"
    assert len(shown.text.split("\n")) == len(visits)
    last = [line for line in shown.text.split("\n") if "^loop" in line][-1]
    assert last.endswith("at its start 11, at its end 11")
    ElementTree.fromstring(shown.html[: shown.html.index("<script>")] + "</div>")


def test_backward_facts_at_the_start_come_from_those_at_the_end() -> None:
    problem = GenKill([0, 0, 0, 1], [0] * 4, 1, backward=True, must=False)
    visits = solve(problem, LOOP).visits
    text = draw.worklist(problem, LOOP, visits).text
    assert "^bb3: at its start 1, at its end 0" in text
    assert text.endswith("^bb0: at its start 1, at its end 1")


def test_no_visit_is_no_figure() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        draw.worklist(GenKill([], [], 0, False, False), [], [])


def test_operations_of_a_class_have_one_color() -> None:
    (func,) = functions(
        parse("""
func.func @f(%a: i32, %b: i32) -> i32 {
  %0 = arith.addi %a, %b : i32
  %1 = arith.addi %b, %a : i32
  %2 = arith.muli %0, %1 : i32
  return %2 : i32
}
""")
    )
    sums = [op.result for op in func.body.blocks[0].operations[:2]]
    product = func.body.blocks[0].operations[2].result
    shown = draw.classes(func, [sums, [product]])
    assert shown.html.count("<mark") == 2
    assert shown.text.endswith("%0 = %1")
