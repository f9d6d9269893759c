"""Value numbering: what counts as the same, and where."""

import pytest

from tern.ir import Operation, functions, interpret, parse, run, verify, violations
from tern.passes import gvn


def function_of(text: str) -> Operation:
    (func,) = functions(parse(text))
    return func


@pytest.mark.parametrize(
    ("first", "second", "erased"),
    [
        ("arith.addi %a, %b : i32", "arith.addi %b, %a : i32", 1),
        ("arith.subi %a, %b : i32", "arith.subi %b, %a : i32", 0),
        ("arith.divsi %a, %b : i32", "arith.divsi %a, %b : i32", 1),
        ("arith.cmpi slt, %a, %b : i32", "arith.cmpi sgt, %a, %b : i32", 0),
        ("arith.extsi %a : i32 to i64", "arith.extsi %a : i32 to i64", 1),
        ("arith.extsi %a : i32 to i64", "arith.extui %a : i32 to i64", 0),
        ("arith.trunci %a : i32 to i8", "arith.trunci %a : i32 to i1", 0),
        ("arith.constant 0.0 : f32", "arith.constant -0.0 : f32", 0),
        ("arith.constant 0.0 : f32", "arith.constant 0.0 : f64", 0),
        ("arith.constant 1 : i32", "arith.constant 1 : i64", 0),
        ("arith.constant 0x7FC00000 : f32", "arith.constant 0x7FC00000 : f32", 1),
        ("func.call @f(%a, %b) : (i32, i32) -> ()", "func.call @f(%a, %b) : (i32, i32) -> ()", 0),
        ("memref.alloca() : memref<i32>", "memref.alloca() : memref<i32>", 0),
    ],
)
def test_what_is_the_same(first: str, second: str, erased: int) -> None:
    named = "" if "call" in first else "%{} = "
    func = function_of(f"""
func.func @f(%a: i32, %b: i32) {{
  {named.format(0)}{first}
  {named.format(1)}{second}
  return
}}
""")
    assert gvn(func) == erased
    assert not violations(func)


def test_an_expression_of_a_dominating_block_but_not_of_a_sibling() -> None:
    func = function_of("""
func.func @f(%a: i32, %c: i1) -> i32 {
  %0 = arith.muli %a, %a : i32
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %1 = arith.muli %a, %a : i32
  %2 = arith.addi %a, %a : i32
  %3 = arith.addi %1, %2 : i32
  cf.br ^bb3(%3 : i32)
^bb2:
  %4 = arith.addi %a, %a : i32
  cf.br ^bb3(%4 : i32)
^bb3(%5: i32):
  %6 = arith.addi %a, %a : i32
  %7 = arith.addi %5, %6 : i32
  return %7 : i32
}
""")
    before = [interpret(func, [3, c]) for c in (False, True)]
    assert gvn(func) == 1  # the product only: of the sums, none dominates another
    assert not violations(func)
    assert [interpret(func, [3, c]) for c in (False, True)] == before


def test_block_arguments_that_are_another_value() -> None:
    func = function_of("""
func.func @f(%a: i32, %b: i32, %c: i1) -> i32 {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %0 = arith.addi %a, %b : i32
  cf.br ^bb3(%0, %0, %a : i32, i32, i32)
^bb2:
  cf.br ^bb3(%b, %b, %a : i32, i32, i32)
^bb3(%1: i32, %2: i32, %3: i32):
  %4 = arith.subi %1, %2 : i32
  %5 = arith.subi %1, %1 : i32
  %6 = arith.addi %3, %b : i32
  %7 = arith.addi %a, %b : i32
  %8 = arith.addi %4, %5 : i32
  %9 = arith.addi %6, %7 : i32
  %10 = arith.addi %8, %9 : i32
  return %10 : i32
}
""")
    before = [interpret(func, [3, 4, c]) for c in (False, True)]
    assert gvn(func) == 2  # %2 is %1, so %5 is %4; %3 is %a, so %7 is %6
    assert not violations(func)
    assert [interpret(func, [3, 4, c]) for c in (False, True)] == before


def test_a_block_argument_that_a_loop_only_passes_along_is_what_came_in() -> None:
    func = function_of("""
func.func @f(%a: i32, %n: i32) -> i32 {
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.muli %a, %a : i32
  cf.br ^bb1(%0, %a : i32, i32)
^bb1(%i: i32, %x: i32):
  %3 = arith.muli %x, %x : i32
  %4 = arith.addi %i, %1 : i32
  %5 = arith.cmpi slt, %4, %n : i32
  cf.cond_br %5, ^bb1(%4, %x : i32, i32), ^bb2
^bb2:
  return %3 : i32
}
""")
    assert gvn(func) == 1
    assert not violations(func)
    assert interpret(func, [5, 3]) == [25]


def test_regions_see_what_is_outside_and_not_the_other_way_around() -> None:
    module = parse("""
func.func @f(%a: i32, %c: i1) -> i32 {
  %0 = arith.muli %a, %a : i32
  %1 = scf.if %c -> (i32) {
    %2 = arith.muli %a, %a : i32
    %3 = arith.addi %2, %a : i32
    scf.yield %3 : i32
  } else {
    %4 = arith.addi %0, %a : i32
    scf.yield %4 : i32
  }
  %5 = arith.addi %0, %a : i32
  %6 = arith.addi %1, %5 : i32
  return %6 : i32
}
""")
    before = [run(module, "f", 3, c) for c in (False, True)]
    assert gvn(module) == 1
    verify(module)
    assert [run(module, "f", 3, c) for c in (False, True)] == before


def test_a_region_that_only_computes_keeps_to_itself() -> None:
    module = parse("""
#map = affine_map<(d0) -> (d0)>
func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.constant 2.0 : f32
  %1 = tensor.empty() : tensor<4xf32>
  %2 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%a : tensor<4xf32>) outs(%1 : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %3 = arith.constant 2.0 : f32
    %4 = arith.mulf %in, %3 : f32
    %5 = arith.mulf %3, %in : f32
    %6 = arith.addf %4, %5 : f32
    linalg.yield %6 : f32
  } -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
""")
    assert gvn(module) == 1  # %5; the constant inside stays there
    verify(module)
