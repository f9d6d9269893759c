"""Dialect conversion: all that is illegal goes, or nothing changes; and results stay."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tern.ir import Operation, Value, parse, run, verify
from tern.ir.dialects.evaluate import dtype_of
from tern.rewrite import Conversion, ConversionError, convert
from tern.rewrite.conversion import CAST
from tern.rewrite.conversions import HALF_IN_SINGLE, INDEX_AS_I64, apply_conversion
from tern.types import bf16, f16, i32, i64
from tern.workshop.rewriting.conversions import (
    arguments,
    conversion,
    problem_after,
    random_module,
    straight_module,
)


def test_random_conversions_leave_nothing_illegal_or_nothing_changed() -> None:
    rng, outcomes = random.Random(), set()
    for _ in range(150):
        module = random_module(rng)
        before = module.clone()
        chosen = conversion(f"random {rng.randrange(10**6)}{' full' if rng.random() < 0.3 else ''}")
        told = convert(module, chosen)
        calls = [arguments(before, rng) for _ in range(2)]
        assert problem_after(before, module, told, chosen, calls) == "", (chosen.name, str(before))
        outcomes.add(bool(told))
    assert outcomes == {True, False}


LOOP = """func.func @f(%n: index, %m: tensor<?xi32>) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  cf.br ^head(%c0, %c0 : index, index)
^head(%i: index, %s: index):
  %c = arith.cmpi slt, %i, %n : index
  cf.cond_br %c, ^body, ^done(%s : index)
^body:
  %v = tensor.extract %m[%i] : tensor<?xi32>
  %w = arith.index_cast %v : i32 to index
  %j = arith.addi %i, %c1 : index
  %t = arith.addi %s, %w : index
  %u = arith.index_castui %v : i32 to index
  %x = arith.xori %t, %u : index
  cf.br ^head(%j, %x : index, index)
^done(%r: index):
  return %r : index
}
func.func @g(%m: tensor<?xi32>) -> index {
  %n = arith.constant 3 : index
  %0 = call @f(%n, %m) : (index, tensor<?xi32>) -> index
  return %0 : index
}"""


def test_index_becomes_i64_but_for_tensors() -> None:
    module, plain = parse(LOOP), parse(LOOP)
    apply_conversion(module, INDEX_AS_I64)
    verify(module)
    names = [op.name for op in module.walk()]
    assert CAST not in names
    assert names.count("arith.index_cast") == 1  # for the subscript alone
    assert "-> i64" in str(module) and "index," not in str(module).replace("index_cast", "")
    numbers = np.array([7, -2, 2**31 - 1], np.int32)
    assert run(module, "g", numbers) == run(plain, "g", numbers)


def test_what_is_not_known_is_in_the_way_of_a_full_conversion() -> None:
    module = parse(LOOP)
    before = str(module)
    assert "tensor.extract" in convert(module, replace(INDEX_AS_I64, full=True))
    assert str(module) == before
    with pytest.raises(ConversionError, match="tensor.extract is not legal"):
        apply_conversion(module, replace(INDEX_AS_I64, full=True))


@pytest.mark.parametrize("type", [f16, bf16], ids=str)
def test_half_in_single_gives_the_same_bits(type) -> None:
    shape = f"tensor<4000x{type}>"
    lines = [f"%{i} = arith.{name} %a, %b : {shape}" for i, name in enumerate(BINARY)]
    names = ", ".join(f"%{i}" for i in range(len(BINARY)))
    types = ", ".join([shape] * len(BINARY))
    text = f"func.func @f(%a: {shape}, %b: {shape}) -> ({types}, tensor<4000xi1>) {{\n"
    text += "\n".join(lines) + f"\n%c = arith.cmpf olt, %a, %b : {shape}\n"
    text += f"return {names}, %c : {types}, tensor<4000xi1>\n}}"
    module, plain = parse(text), parse(text)
    assert convert(module, HALF_IN_SINGLE) == ""
    verify(module)
    for op in module.walk():
        assert HALF_IN_SINGLE.legal(op)
    bits = np.random.default_rng().integers(0, 1 << 16, (2, 4000), np.uint16)
    given = [given_bits(each, type) for each in bits]
    for mine, theirs in zip(run(module, "f", *given), run(plain, "f", *given), strict=True):
        nan = np.isnan(np.asarray(theirs, np.float64))
        assert np.array_equal(nan, np.isnan(np.asarray(mine, np.float64)))
        assert np.array_equal(mine[~nan].tobytes(), theirs[~nan].tobytes())


BINARY = ("addf", "subf", "mulf", "divf", "maximumf", "minimumf")


def given_bits(bits: np.ndarray, type) -> np.ndarray:
    if type == f16:
        return bits.view(np.float16)
    with np.errstate(invalid="ignore"):  # NaN
        return (bits.astype(np.uint32) << 16).view(np.float32).astype(dtype_of(bf16))


def only(**changed) -> Conversion:
    def legal(op: Operation) -> bool | None:
        return None if op.name != "arith.addi" else False

    facts = {"name": "test", "legal": legal, "type": lambda type: type, "patterns": {}}
    return Conversion(**{**facts, **changed})


SUM = """func.func @f(%a: i32) -> i32 {
  %0 = arith.addi %a, %a : i32
  return %0 : i32
}"""


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "arith.addi is not legal, and no pattern converts it"),
        ({"patterns": {"arith.addi": lambda *_: None}}, "its pattern does not match"),
        (
            {"patterns": {"arith.addi": lambda op, operands, at: at.convert(op)}},
            "again and again: arith.addi",
        ),
        (
            {"patterns": {"arith.addi": lambda op, operands, at: at.write(op)}},
            "not legal in its new types either",
        ),
        (
            {"patterns": {"arith.addi": lambda *_: []}, "type": lambda type: None},
            "nothing converts the type i32",
        ),
    ],
)
def test_each_failure_is_told_and_changes_nothing(changed, told) -> None:
    module = parse(SUM)
    before = str(module)
    assert told in convert(module, only(**changed))
    assert str(module) == before


def widened(op: Operation, operands, at) -> Sequence[Value]:
    return at.convert(Operation("arith.muli", operands, [i64]))


def test_casts_meet_or_stay_or_are_in_the_way() -> None:
    to_i64 = {"type": lambda type: i64 if type == i32 else type}
    chosen = only(patterns={"arith.addi": widened}, **to_i64)
    text = SUM.replace("return", "%1 = arith.addi %0, %0 : i32\n  return").replace(
        "%0 : i32\n}", "%1 : i32\n}"
    )
    module = parse(text)
    assert convert(module, chosen) == ""
    verify(module)
    casts = [op for op in module.walk() if op.name == CAST]
    assert len(casts) == 2  # of the argument, and of the result: in between nothing is cast
    assert str(parse(str(module))) == str(module)
    full = replace(chosen, full=True, legal=lambda op: op.name != "arith.addi")
    assert "nothing casts it" in convert(parse(text), full)


def test_converting_again_lets_what_was_cast_before_cancel() -> None:
    text = """func.func @f(%a: i32) -> i32 {
  %0 = builtin.unrealized_conversion_cast %a : i32 to i64
  %1 = builtin.unrealized_conversion_cast %0 : i64 to i32
  return %1 : i32
}"""
    module = parse(text)
    assert convert(module, only()) == ""
    assert str(module).count("cast") == 2  # they are of the program, and stay


def test_unreachable_blocks_go() -> None:
    module = parse(SUM.replace("}", "^dead:\n  return %0 : i32\n}"))
    assert convert(module, only(legal=lambda op: True)) == ""
    assert len(module.body.blocks[0].operations[0].body.blocks) == 1


def test_what_breaks_the_promise_is_found() -> None:
    rng = random.Random(2)
    before = straight_module(rng, 6)
    after = before.clone()
    chosen = conversion("index-as-i64")
    calls = [arguments(before, rng)]
    assert problem_after(before, after, "", chosen, calls) == ""
    op = after.body.blocks[0].operations[0].body.blocks[0].operations[-2]
    op.name = "arith.subi" if op.name != "arith.subi" else "arith.addi"
    assert "changed the module" in problem_after(before, after, "no", chosen, calls)


def test_any_nan_is_as_good_as_another() -> None:
    before = parse("""
func.func @f(%x: f32) -> f32 {
  %0 = arith.subf %x, %x : f32
  return %0 : f32
}""")
    chosen, calls = conversion("i32-as-i64"), [(float("inf"),), (1.0,)]
    assert problem_after(before, before.clone(), "", chosen, calls) == ""
    after = parse(str(before).replace("arith.subf", "arith.addf"))
    assert "afterwards, and was" in problem_after(before, after, "", chosen, calls)
