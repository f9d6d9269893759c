"""What tern prints, the real MLIR reads, verifies, and agrees with; and the reverse."""

import math
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.ir import Operation, function, functions, new_module, parse, run, to_ssa, verify
from tern.ir.samples import random_function
from tern.ir.strategies import functions as some_functions
from tern.numbers import format_float
from tern.passes import lower_scf
from tern.types import f32, f64
from tests.turns import tries

mlir = pytest.importorskip(
    "torch_mlir.ir", reason="needs the package torch-mlir, which has the real MLIR"
)
passmanager = pytest.importorskip("torch_mlir.passmanager")

EXAMPLES = sorted((Path(tern.__file__).parent / "examples").glob("*.tern"))

EVERYTHING = (Path(__file__).parent / "everything.mlir").read_text()


@pytest.fixture(scope="module")
def context() -> Iterator[Any]:
    with mlir.Context() as context:
        yield context


def accepted(text) -> Any:
    """The module as MLIR reads it. MLIRError if it does not parse or verify."""
    module = mlir.Module.parse(text)
    assert module.operation.verify()
    return module


def check(text) -> Operation:
    """MLIR accepts the text, and its own print of it means the same to tern."""
    module = accepted(text)
    assert str(parse(str(module))) == text
    return module


FLAGS = """module {
  func.func @f(%arg0: i32, %arg1: i32, %arg2: f32, %arg3: i8) -> i32 {
    %0 = arith.addi %arg0, %arg1 overflow<nsw> : i32
    %1 = arith.muli %0, %arg1 overflow<nsw, nuw> : i32
    %2 = arith.addf %arg2, %arg2 fastmath<nnan,contract> : f32
    %3 = arith.shrsi %1, %arg0 exact : i32
    %4 = arith.extui %arg3 nneg : i8 to i32
    %5 = arith.trunci %4 overflow<nsw> : i32 to i8
    %6 = math.exp %2 fastmath<fast> : f32
    %7 = arith.cmpf olt, %6, %arg2 fastmath<nnan,ninf> : f32
    %8 = arith.addi %1, %4 {here = 1 : i32} : i32
    %9 = arith.select %7, %3, %8 {there} : i32
    %10 = arith.cmpi slt, %8, %9 {there} : i32
    return %9 : i32
  }
}"""


def test_flags_and_attributes_of_mlirs_own_are_read_and_left_out(context) -> None:
    """A flag permits what tern does not do: without it the program means the same. Two flags, of
    sums and products, stay."""
    theirs = parse(str(accepted(FLAGS)))
    verify(theirs)
    plain = FLAGS.replace("<nnan,contract>", "<contract>")
    left_out = r" (overflow|fastmath)<(?!contract>)[^>]*>| exact| nneg| \{(here|there)[^}]*\}"
    plain = re.sub(left_out, "", plain)
    assert str(theirs) == plain == str(parse(plain))
    check(plain)
    for damage in (" overflow<nsw", " {here", " {here = {there}}"):
        with pytest.raises(tern.Diagnostic):
            parse(FLAGS.replace(" exact", damage))


def module_of(func) -> Operation:
    module = new_module()
    module.body.blocks[0].append(func)
    return module


def test_every_operation(context) -> None:
    """The sample file has each operation of tern once at least."""
    module = parse(EVERYTHING)
    verify(module)
    check(str(module))
    assert str(module) == EVERYTHING.strip()
    used = {op.name for op in module.walk()}
    assert used == set(tern.ir.DEFINITIONS)


@pytest.mark.parametrize("form", ["flat", "slots", "structured", "lowered"])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(context, path, form) -> None:
    from tern.build import build

    options = {"slots": form == "slots", "structured": form in ("structured", "lowered")}
    try:
        module = build(path.read_text(), **options)
    except tern.Diagnostic as error:
        pytest.skip(f"no structured form: {error.message}")
    if form == "lowered":
        lower_scf(module)
    verify(module)
    if "memref<tensor" in str(module):
        pytest.skip("MLIR has no memref of a tensor: only the other forms are MLIR's")
    check(str(module))


@settings(max_examples=40, deadline=None)
@given(some_functions())
def test_random_functions_in_both_forms(func) -> None:
    with mlir.Context():
        module = module_of(func)
        check(str(module))
        to_ssa(func)
        check(str(module))


def block_arguments(func) -> list[int]:
    return [len(block.args) for block in func.body.blocks]


def needed_block_arguments(func) -> list[int]:
    """The number of arguments of each block that something else than a branch ever uses."""
    needed = set()
    work = [value for op in func.walk() for value in op.operands]
    passed = {}
    for op in func.walk():
        for target, values in op.successors:
            for arg, value in zip(target.args, values):
                passed.setdefault(arg, []).append(value)
    while work:
        value = work.pop()
        if value not in needed:
            needed.add(value)
            work += passed.get(value, [])
    return [sum(arg in needed for arg in block.args) for block in func.body.blocks]


@pytest.mark.parametrize("seed", range(60))
def test_mem2reg_places_as_many_block_arguments(context, seed) -> None:
    """MLIR also drops arguments that turn out to be passed on only, as of `x = x` in a loop:
    a load counted as a use when the arguments were placed."""
    module = module_of(random_function(seed, 20 + 3 * seed))
    theirs = accepted(str(module))
    passmanager.PassManager.parse("builtin.module(func.func(mem2reg))").run(theirs.operation)
    assert "memref" not in str(theirs)
    theirs = function(parse(str(theirs)), "sample")
    ours = function(module, "sample")
    to_ssa(ours)
    assert needed_block_arguments(ours) == needed_block_arguments(theirs)
    assert all(a >= b for a, b in zip(block_arguments(ours), block_arguments(theirs)))
    if needed_block_arguments(ours) == block_arguments(ours):
        assert block_arguments(ours) == block_arguments(theirs)


def test_lower_scf_means_what_scf_to_cf_means(context) -> None:
    """MLIR's own lowering of a structured program computes the same in tern."""
    from tern.build import build

    for path in EXAMPLES:
        try:
            module = build(path.read_text(), structured=True)
        except tern.Diagnostic:
            continue
        theirs = accepted(str(module))
        passmanager.PassManager.parse("builtin.module(convert-scf-to-cf)").run(theirs.operation)
        lowered = parse(str(theirs))
        verify(lowered)
        lower_scf(module)
        assert [f.attributes["sym_name"] for f in functions(lowered)] == [
            f.attributes["sym_name"] for f in functions(module)
        ]
        assert not any(op.name.startswith("scf") for op in module.walk())
        for func in functions(module):
            name = func.attributes["sym_name"]
            inputs = func.attributes["function_type"].inputs
            if not any(hasattr(type, "shape") for type in inputs):
                args = [9 if str(type)[0] == "i" else 1.25 for type in inputs]
                assert run(module, name, *args) == run(lowered, name, *args)


@settings(max_examples=tries(100, long=1_000), deadline=None)
@given(st.one_of(st.floats(width=32), st.floats()))
def test_floats_are_spelled_as_mlir_spells_them(value) -> None:
    types = [f32, f64] if value != value or abs(value) <= 3.4e38 else [f64]
    for type in types:
        text = format_float(value, type)
        with mlir.Context():
            attribute = mlir.Attribute.parse(f"{text} : {type}")
            # The bindings read the value back in double precision.
            assert str(attribute) == f"{text} : {type}"
            back = mlir.FloatAttr(attribute).value
        if type == f32 and math.isfinite(value):
            value32 = struct.unpack("<f", struct.pack("<f", value))[0]
            assert back == value32
        elif value == value:
            assert back == value


def test_what_tern_calls_broken_mlir_rejects(context) -> None:
    broken = [
        "func.func @f() {\n  cf.br ^bb1\n^bb1:\n}",
        "func.func @f(%a: i32) {\n  cf.br ^bb1(%a : i32)\n^bb1:\n  return\n}",
        "func.func @f(%a: i32) -> i32 {\n  return\n}",
        "func.func @f(%a: i32) {\n  %0 = arith.addf %a, %a : i32\n  return\n}",
        "func.func @f(%c: i1) -> i32 {\n  cf.cond_br %c, ^bb1, ^bb2\n^bb1:\n"
        "  %0 = arith.constant 1 : i32\n  cf.br ^bb2\n^bb2:\n  return %0 : i32\n}",
    ]
    for text in broken:
        with pytest.raises(tern.VerifyError):
            verify(parse(text))
        with pytest.raises(mlir.MLIRError):
            accepted(text)


def test_a_use_in_an_unreachable_block_is_exempt_there_too(context) -> None:
    text = (
        "func.func @f() {\n  return\n^bb1:\n  %0 = arith.addi %1, %1 : i32\n"
        "  %1 = arith.constant 1 : i32\n  return\n}"
    )
    accepted(text)
    verify(parse(text))
    assert function(parse(text), "f")
