"""Constants and dead branches: what is found, what stays, and that results stay the same."""

import random

import pytest

from tern.ir import (
    EvaluationError,
    Operation,
    functions,
    interpret,
    parse,
    run,
    verify,
    violations,
)
from tern.ir.samples import random_function
from tern.passes import erase_dead_operations, gvn, sccp
from tern.types import i32


def function_of(text: str) -> Operation:
    (func,) = functions(parse(text))
    return func


def names(func: Operation) -> list[str]:
    return [op.name for op in func.walk()][1:]


EACH_ALONE_FAILS = """
func.func @f(%n: i32) -> i32 {
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %zero = arith.constant 0 : i32
  cf.br ^loop(%one, %zero : i32, i32)
^loop(%x: i32, %i: i32):
  %more = arith.cmpi slt, %i, %n : i32
  cf.cond_br %more, ^body, ^end
^body:
  %same = arith.cmpi eq, %x, %one : i32
  cf.cond_br %same, ^next(%x : i32), ^other
^other:
  cf.br ^next(%two : i32)
^next(%y: i32):
  %j = arith.addi %i, %one : i32
  cf.br ^loop(%y, %j : i32, i32)
^end:
  return %x : i32
}
"""


def test_constants_and_dead_branches_need_each_other() -> None:
    func = function_of(EACH_ALONE_FAILS)
    assert sccp(func) > 0
    assert not violations(func)
    assert len(func.body.blocks) == 5
    returned = func.body.blocks[-1].operations[-1].operands[0]
    assert returned.op.attributes["value"] == 1  # type: ignore[attr-defined]
    assert sccp(func) == 0


@pytest.mark.parametrize(
    ("left", "right", "replaced"),
    [("0.0", "0.0", 1), ("0.0", "-0.0", 0), ("0x7FC00000", "0x7FC00000", 1), ("1.0", "2.0", 0)],
)
def test_floats_meet_by_their_bits(left: str, right: str, replaced: int) -> None:
    func = function_of(f"""
func.func @f(%c: i1) -> f32 {{
  %0 = arith.constant {left} : f32
  %1 = arith.constant {right} : f32
  cf.cond_br %c, ^end(%0 : f32), ^end(%1 : f32)
^end(%2: f32):
  return %2 : f32
}}
""")
    before = [repr(interpret(func, [c])) for c in (False, True)]
    assert sccp(func) == replaced
    assert [repr(interpret(func, [c])) for c in (False, True)] == before


def test_what_fails_stays_and_fails_when_it_runs() -> None:
    func = function_of("""
func.func @f(%c: i1) -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.constant 0 : i32
  cf.cond_br %c, ^bb1, ^bb2(%0 : i32)
^bb1:
  %2 = arith.divsi %0, %1 : i32
  cf.br ^bb2(%2 : i32)
^bb2(%3: i32):
  return %3 : i32
}
""")
    assert sccp(func) == 0
    assert interpret(func, [False]) == [1]
    with pytest.raises(EvaluationError):
        interpret(func, [True])


def test_integers_wrap_as_they_do_at_run_time() -> None:
    func = function_of("""
func.func @f() -> i32 {
  %0 = arith.constant 2147483647 : i32
  %1 = arith.addi %0, %0 : i32
  return %1 : i32
}
""")
    assert sccp(func) == 1
    assert interpret(func, []) == [-2]


def test_inside_of_regions_operations_are_replaced_and_arguments_vary() -> None:
    module = parse("""
func.func @f(%n: index) -> i32 {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %2 = arith.constant 5 : i32
  %3 = scf.for %i = %0 to %n step %1 iter_args(%s = %2) -> (i32) {
    %4 = arith.addi %2, %2 : i32
    %5 = arith.addi %s, %4 : i32
    scf.yield %5 : i32
  }
  return %3 : i32
}
""")
    assert sccp(module) == 1  # %4, but not %s or %5
    verify(module)
    assert [run(module, "f", n) for n in (0, 1, 3)] == [5, 15, 35]


def test_a_module_is_done_function_by_function() -> None:
    module = parse(EACH_ALONE_FAILS + EACH_ALONE_FAILS.replace("@f", "@g"))
    alone = function_of(EACH_ALONE_FAILS)
    assert sccp(module) == 2 * sccp(alone)
    assert str(functions(module)[0]) == str(alone)


def outcome(func: Operation, args: list) -> str:
    try:
        return repr(interpret(func, args))
    except EvaluationError as error:
        return str(error)


def arguments(func: Operation, rng: random.Random) -> list:
    integers, floats = [0, 1, -1, 7, -(2**31), 2**31 - 1], [0.0, -0.0, 1.5, float("inf")]
    return [rng.choice(integers if a.type == i32 else floats) for a in func.body.blocks[0].args]


@pytest.mark.parametrize("seed", range(60))
def test_random_functions_compute_the_same(seed: int) -> None:
    rng = random.Random(seed)
    func = random_function(seed, 10 + seed, slots=seed % 4 == 0)
    inputs = [arguments(func, rng) for _ in range(3)]
    before = [outcome(func, args) for args in inputs]
    for run_pass in (sccp, gvn, sccp)[seed % 2 :]:
        run_pass(func)
        assert not violations(func)
        assert [outcome(func, args) for args in inputs] == before
        assert run_pass(func) == 0  # what there was to do is done


def test_a_function_that_takes_nothing_becomes_its_result() -> None:
    func = function_of("""
func.func @f() -> i32 {
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.constant 42 : i32
  %3 = arith.cmpi slt, %0, %1 : i32
  cf.cond_br %3, ^bb1, ^bb2
^bb1:
  cf.br ^bb3(%2 : i32)
^bb2:
  cf.br ^bb3(%0 : i32)
^bb3(%4: i32):
  return %4 : i32
}
""")
    assert sccp(func) == 4  # the comparison, the branch, a block, and a block's argument
    erase_dead_operations(func)
    assert names(func) == ["arith.constant", "cf.br", "cf.br", "arith.constant", "func.return"]
    assert interpret(func, []) == [42]
