"""Refinement: what LLVM's own passes make of a function is one, and known mistakes are none."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from tern.workshop.llvm import every_input, programs, refinement
from tern.workshop.llvm.evaluate import evaluate
from tern.workshop.llvm.ir_text import Function, parse_functions
from tern.workshop.llvm.values import POISON, UndefinedBehavior
from tests.tern.workshop.llvm.test_evaluate import function
from tests.turns import tries


def difference(before: str, after: str, head: str = "i8 @f(i8 %x, i8 %y)") -> object:
    """A counterexample of ten attempts: what undef does is tried in some of them only."""
    pair = function(before, head), function(after, head)
    found = (refinement.refines(*pair, random.Random(seed)) for seed in range(10))
    return next((one for one in found if one is not None), None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("%r = mul i8 %x, 2; ret i8 %r", "%r = shl i8 %x, 1; ret i8 %r"),
        ("%r = mul nsw i8 %x, 4; ret i8 %r", "%r = shl nsw i8 %x, 2; ret i8 %r"),
        ("%r = add nsw i8 %x, %y; ret i8 %r", "%r = add i8 %x, %y; ret i8 %r"),
        ("%r = udiv i8 %x, 0; ret i8 %r", "ret i8 poison"),
        ("%r = sdiv exact i8 %x, 4; ret i8 %r", "%r = ashr exact i8 %x, 2; ret i8 %r"),
        ("%f = freeze i8 %x; ret i8 %f", "%g = freeze i8 %x; ret i8 %g"),
        ("ret i8 undef", "ret i8 7"),
    ],
)
def test_what_refines(before: str, after: str) -> None:
    assert difference(before, after) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("%r = mul i8 %x, 2; ret i8 %r", "%r = add i8 %x, %x; ret i8 %r"),  # undef
        ("%r = mul nsw i8 %x, -128; ret i8 %r", "%r = shl nsw i8 %x, 7; ret i8 %r"),
        ("%r = add i8 %x, %y; ret i8 %r", "%r = add nsw i8 %x, %y; ret i8 %r"),
        ("%r = sdiv i8 %x, 4; ret i8 %r", "%r = ashr i8 %x, 2; ret i8 %r"),
        ("%r = udiv i8 %x, 3; ret i8 %r", "%r = udiv i8 %x, %y; ret i8 %r"),
        ("ret i8 7", "ret i8 undef"),
        ("ret i8 %x", "%r = udiv i8 1, %y; %s = sub i8 %r, %r; %t = add i8 %x, %s; ret i8 %t"),
    ],
)
def test_what_does_not(before: str, after: str) -> None:
    assert difference(before, after) is not None


def test_a_select_that_becomes_an_and_needs_a_freeze() -> None:
    head = "i1 @f(i1 %a, i1 %b)"
    before = "%r = select i1 %a, i1 %b, i1 false; ret i1 %r"
    found = difference(before, "%r = and i1 %a, %b; ret i1 %r", head)
    assert isinstance(found, refinement.Counterexample)
    assert (found.arguments, found.expected) in (((0, POISON), "0"), ((0, refinement.UNDEF), "0"))
    after = "%c = freeze i1 %b; %r = and i1 %a, %c; ret i1 %r"
    assert difference(before, after, head) is None


def test_wide_numbers_are_tried_where_they_overflow() -> None:
    head = "i64 @f(i64 %x, i64 %y)"
    before = "%r = add i64 %x, 1; ret i64 %r"
    assert difference(before, "%r = add nsw i64 %x, 1; ret i64 %r", head) is not None


def test_memory_that_becomes_a_value() -> None:
    """What is loaded twice is as undefined as what was stored."""
    slot = "%p = alloca i8; store i8 %x, ptr %p; %a = load i8, ptr %p; %b = load i8, ptr %p;"
    memory, value = f"{slot} %r = xor i8 %a, %b; ret i8 %r", "%r = xor i8 %x, %x; ret i8 %r"
    assert difference(memory, value) is None and difference(value, memory) is None
    assert difference("ret i8 0", memory) is not None


def test_other_contents_of_memory() -> None:
    head = "void @f(ptr %p)"
    before = "store i32 1, ptr %p; ret void"
    assert difference(before, "ret void", head) is not None
    assert difference(before, "store i32 2, ptr %p; store i32 1, ptr %p; ret void", head) is None


@pytest.mark.parametrize(
    ("drawn", "count"), [(programs.straight, 60), (programs.counted_products, 12)]
)
def test_what_llvm_makes_of_a_function_refines_it(drawn: programs.Drawn, count: int) -> None:
    llvm = pytest.importorskip("llvmlite.binding")
    from tern.targets.llvm.jit import parsed, target_machine

    rng = random.Random()
    texts = [drawn(rng) for _ in range(tries(count, long=20 * count))]
    text = "\n".join(one.replace("@f(", f"@f{at}(") for at, one in enumerate(texts))
    module = parsed(text)
    builder = llvm.create_pass_builder(target_machine(), llvm.create_pipeline_tuning_options())
    manager = llvm.create_new_function_pass_manager()
    manager.add_instruction_combine_pass()
    for each in module.functions:
        manager.run(each, builder)
    before, after = parse_functions(text), parse_functions(str(module))
    changed = sum(str(before[name]) != str(after[name]) for name in before)
    assert changed > len(texts) / 2
    for name in before:
        assert refinement.refines(before[name], after[name], rng) is None, name


def test_all_inputs_at_once_as_one_after_another() -> None:
    rng = random.Random()
    compared = 0
    while compared < tries(12, long=300):
        one = parse_functions(programs.straight(rng))["f"]
        if not every_input.possible(one, refinement.MAX_BITS):
            continue
        compared += 1
        given = every_input.inputs(one)
        frozen = rng.randrange(256)
        found = every_input.run(one, given, _always(frozen))
        for at in rng.sample(range(len(given[0].bits)), 60):
            arguments = [POISON if v.poison[at] else int(v.bits[at]) for v in given]
            assert _at(found, at) == _evaluated(one, arguments, frozen), (one, arguments)


def _always(frozen: int) -> Callable[[tuple[int, ...], int], np.ndarray]:
    return lambda shape, width: np.full(shape, frozen % 2**width)


def _at(found: every_input.Results, at: int) -> object:
    if found.undefined[at]:
        return refinement.UB
    return POISON if found.value.poison[at] else int(found.value.bits[at])


def _evaluated(one: Function, arguments: list, frozen: int) -> object:
    try:
        return evaluate(one, arguments, choose=lambda width: frozen % 2**width)
    except UndefinedBehavior:
        return refinement.UB
