import pytest
from hypothesis import given

from tern.ir import Operation, VerifyError, interpret, parse, to_ssa, verify
from tern.ir.samples import random_function
from tern.ir.strategies import functions
from tern.types import f32, i1, i32


def first_function(text) -> Operation:
    return parse(text).body.blocks[0].operations[0]


def promoted(text) -> str:
    func = first_function(text)
    to_ssa(func)
    verify(func)
    return str(func)


def arguments(func) -> list:
    samples = {i32: 5, f32: 1.5, i1: True}
    return [samples[type] for type in func.attributes["function_type"].inputs]


def test_straight_line() -> None:
    text = promoted("""
func.func @f(%arg0: i32) -> i32 {
  %0 = memref.alloca() : memref<i32>
  memref.store %arg0, %0[] : memref<i32>
  %1 = memref.load %0[] : memref<i32>
  %2 = arith.addi %1, %1 : i32
  memref.store %2, %0[] : memref<i32>
  %3 = memref.load %0[] : memref<i32>
  return %3 : i32
}
""")
    assert (
        text
        == """\
func.func @f(%arg0: i32) -> i32 {
  %0 = arith.addi %arg0, %arg0 : i32
  return %0 : i32
}"""
    )


LOOP = """
func.func @f(%arg0: i32) -> i32 {
  %0 = memref.alloca() : memref<i32>
  %1 = memref.alloca() : memref<i32>
  %2 = memref.alloca() : memref<i32>
  %3 = arith.constant 1 : i32
  memref.store %3, %1[] : memref<i32>
  memref.store %arg0, %0[] : memref<i32>
  cf.br ^bb1(%3 : i32)
^bb1(%4: i32):
  %5 = memref.load %0[] : memref<i32>
  memref.store %5, %2[] : memref<i32>
  %6 = arith.cmpi slt, %5, %4 : i32
  cf.cond_br %6, ^bb2, ^bb3
^bb2:
  %7 = memref.load %0[] : memref<i32>
  %8 = memref.load %1[] : memref<i32>
  %9 = memref.load %2[] : memref<i32>
  %10 = arith.addi %8, %9 : i32
  memref.store %10, %0[] : memref<i32>
  memref.store %7, %1[] : memref<i32>
  cf.br ^bb1(%7 : i32)
^bb3:
  %11 = memref.load %1[] : memref<i32>
  return %11 : i32
}
"""


def test_arguments_are_pruned_and_in_the_order_of_the_allocas() -> None:
    # The third variable is stored in the loop but never needed at its head.
    assert (
        promoted(LOOP)
        == """\
func.func @f(%arg0: i32) -> i32 {
  %0 = arith.constant 1 : i32
  cf.br ^bb1(%0, %arg0, %0 : i32, i32, i32)
^bb1(%1: i32, %2: i32, %3: i32):
  %4 = arith.cmpi slt, %2, %1 : i32
  cf.cond_br %4, ^bb2, ^bb3
^bb2:
  %5 = arith.addi %3, %2 : i32
  cf.br ^bb1(%2, %5, %2 : i32, i32, i32)
^bb3:
  return %3 : i32
}"""
    )


def test_unreachable_blocks_go_and_escaping_slots_stay() -> None:
    text = promoted("""
func.func @f(%arg0: i32) -> i32 {
  %0 = memref.alloca() : memref<i32>
  %1 = memref.alloca() : memref<i32>
  memref.store %arg0, %0[] : memref<i32>
  memref.store %arg0, %1[] : memref<i32>
  call @g(%0) : (memref<i32>) -> ()
  %2 = memref.load %0[] : memref<i32>
  %3 = memref.load %1[] : memref<i32>
  %4 = arith.addi %2, %3 : i32
  return %4 : i32
^bb1:
  %5 = memref.load %0[] : memref<i32>
  cf.br ^bb1
}
""")
    assert (
        text
        == """\
func.func @f(%arg0: i32) -> i32 {
  %0 = memref.alloca() : memref<i32>
  memref.store %arg0, %0[] : memref<i32>
  call @g(%0) : (memref<i32>) -> ()
  %1 = memref.load %0[] : memref<i32>
  %2 = arith.addi %1, %arg0 : i32
  return %2 : i32
}"""
    )


ONE_SIDED = """
func.func @f(%arg0: i1, %arg1: i32) -> i32 {
  %0 = memref.alloca() : memref<i32>
  %1 = memref.alloca() : memref<i32>
  memref.store %arg1, %0[] : memref<i32>
  cf.cond_br %arg0, ^bb1, ^bb2
^bb1:
  memref.store %arg1, %1[] : memref<i32>
  cf.br ^bb2
^bb2:
  %2 = memref.load %1[] : memref<i32>
  return %2 : i32
}
"""


def test_a_read_before_any_store_is_an_error_and_changes_nothing() -> None:
    func = first_function(ONE_SIDED)
    with pytest.raises(VerifyError, match="%1 may be read before"):
        to_ssa(func)
    assert str(func) == ONE_SIDED.strip()


def test_an_error_calls_a_variable_what_the_text_calls_it() -> None:
    func = first_function(ONE_SIDED.replace("%1", "%size"))
    for one in (func, func.clone()):
        with pytest.raises(VerifyError, match="%size may be read before"):
            to_ssa(one)


def test_a_variable_in_a_loop_is_new_in_each_round() -> None:
    text = """
func.func @f(%arg0: i1, %arg1: i32) {
  cf.br ^bb1
^bb1:
  %0 = memref.alloca() : memref<i32>
  cf.cond_br %arg0, ^bb2, ^bb3
^bb2:
  memref.store %arg1, %0[] : memref<i32>
  cf.br ^bb1
^bb3:
  return
}
"""
    assert "memref" not in promoted(text)
    with pytest.raises(VerifyError, match="%0 may be read before"):
        promoted(text.replace("^bb3:", "^bb3:\n  %1 = memref.load %0[] : memref<i32>"))


def test_structured_form_is_refused() -> None:
    with pytest.raises(VerifyError, match="flat form"):
        promoted("""
func.func @f(%arg0: i1) {
  scf.if %arg0 {
  }
  return
}
""")


@given(functions())
def test_the_meaning_stays_and_the_slots_go(func) -> None:
    verify(func)
    args = arguments(func)
    before = interpret(func, args)
    to_ssa(func)
    verify(func)
    assert "memref" not in str(func)
    assert str(interpret(func, args)) == str(before)  # as text, nan equals nan


@given(functions(slots=False))
def test_ssa_form_is_left_as_it_is(func) -> None:
    before = str(func)
    to_ssa(func)
    assert str(func) == before


def test_a_large_function() -> None:
    func = random_function(3, 20_000)
    to_ssa(func)
    verify(func)
    assert not any(op.name.startswith("memref") for op in func.walk())
