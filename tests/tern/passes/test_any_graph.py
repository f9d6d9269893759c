"""The passes on what no source text makes: any graph, NaNs apart, buffers of two names."""

import random

import pytest

from tern.ir import function, outcome, parse, run, verify
from tern.numbers import exact_text
from tern.passes.dead_code import dce
from tern.passes.hoist import licm
from tern.passes.pipeline import PASSES, optimize, pipeline
from tern.passes.samples import random_arguments, random_graph_program
from tern.workshop.validation import difference

INTO_EACH_OTHER = """
func.func @f(%n: i32, %c: i1, %d: i1) -> i32 {
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : i32
  cf.cond_br %c, ^bb1, ^bb4
^bb1:
  cf.cond_br %d, ^bb2(%0 : i32), ^bb3(%0 : i32)
^bb2(%i: i32):
  %i2 = arith.addi %i, %1 : i32
  %t = arith.cmpi slt, %i2, %n : i32
  cf.cond_br %t, ^bb2(%i2 : i32), ^bb3(%0 : i32)
^bb3(%j: i32):
  %j2 = arith.addi %j, %1 : i32
  %u = arith.cmpi slt, %j2, %n : i32
  cf.cond_br %u, ^bb3(%j2 : i32), ^bb2(%0 : i32)
^bb4:
  func.return %n : i32
}
"""
TWO_NAMES = """
func.func @g(%a: memref<i32>, %b: memref<i32>, %n: i32) -> i32 {
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : i32
  cf.br ^bb2(%0, %0 : i32, i32)
^bb2(%i: i32, %s: i32):
  %v = memref.load %a[] : memref<i32>
  %s2 = arith.addi %s, %v : i32
  memref.store %i, %b[] : memref<i32>
  %i2 = arith.addi %i, %1 : i32
  %t = arith.cmpi slt, %i2, %n : i32
  cf.cond_br %t, ^bb2(%i2, %s2 : i32, i32), ^bb3
^bb3:
  func.return %s2 : i32
}
func.func @f(%n: i32) -> i32 {
  %7 = arith.constant 7 : i32
  %a = memref.alloca() : memref<i32>
  memref.store %7, %a[] : memref<i32>
  %r = func.call @g(%a, %a, %n) : (memref<i32>, memref<i32>, i32) -> i32
  func.return %r : i32
}
"""
TWO_NANS = """
func.func @meet(%c: i1) -> i32 {
  %a = arith.constant 2143289344 : i32
  %b = arith.constant -4194304 : i32
  %x = arith.bitcast %a : i32 to f32
  %y = arith.bitcast %b : i32 to f32
  cf.cond_br %c, ^bb1(%x : f32), ^bb1(%y : f32)
^bb1(%z: f32):
  %r = arith.bitcast %z : f32 to i32
  func.return %r : i32
}
func.func @number() -> i32 {
  %x = arith.constant 0x7FC00000 : f32
  %y = arith.constant 0xFFC00000 : f32
  %a = arith.bitcast %x : f32 to i32
  %b = arith.bitcast %y : f32 to i32
  %r = arith.xori %a, %b : i32
  func.return %r : i32
}
"""
OUT_OF_REACH = """
func.func @f(%n: i32) -> i32 {
  func.return %n : i32
^bb1:
  func.return %n : i32
}
"""


def test_dead_loops_that_lead_to_each_other_stay() -> None:
    module = parse(INTO_EACH_OTHER)
    dce(module)
    assert len(function(module, "f").body.blocks) == 5
    optimize(module)
    assert run(module, "f", 3, False, True) == 3


def test_two_parameters_may_be_one_buffer() -> None:
    module = parse(TWO_NAMES)
    before = run(module, "f", 5)
    assert licm(function(module, "g")) == 0
    assert run(module, "f", 5) == before == 13


def test_a_fresh_buffer_is_no_parameter() -> None:
    text = TWO_NAMES.replace("memref.store %i, %b[]", "memref.store %i, %own[]")
    text = text.replace("  cf.br ^bb2", "  %own = memref.alloca() : memref<i32>\n  cf.br ^bb2")
    assert licm(function(parse(text), "g")) == 1


@pytest.mark.parametrize("name", [*PASSES])
def test_two_nans_are_two_numbers(name: str) -> None:
    module, before = parse(TWO_NANS), parse(TWO_NANS)
    PASSES[name].run(module)
    for args in (("meet", False), ("meet", True), ("number",)):
        assert run(module, *args) == run(before, *args)


def test_a_text_for_every_number() -> None:
    numbers = [0.0, -0.0, float("nan"), 1, 1.0, True, "1"]
    texts = [exact_text(number) for number in numbers]
    assert len(set(texts)) == len(numbers)
    assert exact_text(float("nan")) == exact_text(float("nan"))


@pytest.mark.parametrize("name", [*PASSES])
def test_who_erases_a_block_does_not_say_that_nothing_changed(name: str) -> None:
    module = parse(OUT_OF_REACH)
    pipeline(["sccp", name, "licm"], check_analyses=True).run(module)
    pipeline([name, name], check_analyses=True).run(parse(OUT_OF_REACH))


@pytest.mark.parametrize("name", [*PASSES])
def test_a_function_without_a_body_is_left_alone(name: str) -> None:
    declared = "func.func private @ext(i32) -> i32"
    module = parse(f"{declared}\n{OUT_OF_REACH}")
    assert declared in str(module)
    PASSES[name].run(module)
    verify(module)
    assert declared in str(module)


def test_random_orders_of_passes_on_any_graph() -> None:
    ended = 0
    for seed in range(150):
        rng = random.Random(seed)
        before = random_graph_program(seed)
        verify(before)
        after = before.clone()
        pipeline(rng.choices([*PASSES], k=rng.randint(1, 8)), check_analyses=True).run(after)
        calls = [random_arguments(function(before, "sample"), rng) for _ in range(3)]
        found = difference(before, after, "sample", calls, 2_000)
        assert found is None, (seed, str(found))
        ended += sum(outcome(before, "sample", *call, max_steps=2_000).ended for call in calls)
    assert ended > 150
