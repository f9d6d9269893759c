"""What the real MLIR prints comes back: pretty, generic, and with locations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.build import build
from tern.frontends.mlir import Place, read_mlir
from tern.ir import Operation, new_module, run, verify
from tern.ir.strategies import functions as some_functions
from tern.lower import LoweringError, lower_to_loops
from tern.passes.fast_math import permit
from tern.passes.for_machine import for_machine
from tern.targets.mlir import in_source, mlir_text, to_linalg
from tern.targets.named import named
from tern.text import Diagnostic, Source
from tests.tern.loop_programs import programs
from tests.tern.tensor_programs import ELEMENTS, tensor_programs
from tests.turns import tries

mlir = pytest.importorskip(
    "torch_mlir.ir", reason="needs the package torch-mlir, which has the real MLIR"
)

EXAMPLES = sorted((Path(tern.__file__).parent / "examples").glob("*.tern"))
EVERYTHING = Path(__file__).parents[1] / "ir" / "everything.mlir"
FORMS = {
    "pretty": {},
    "generic": {"print_generic_op_form": True},
    "located": {"enable_debug_info": True},
    "generic, located": {"print_generic_op_form": True, "enable_debug_info": True},
    "located in place": {"enable_debug_info": True, "use_local_scope": True},
}


def comes_back(text: str) -> None:
    """In every form that MLIR prints it in."""
    with mlir.Context():
        module = mlir.Module.parse(text)
        printed = {name: module.operation.get_asm(**form) for name, form in FORMS.items()}
    for name, form in printed.items():
        assert str(read_mlir(form)) == text, name


def test_every_operation() -> None:
    comes_back(EVERYTHING.read_text().strip())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example(path: Path) -> None:
    module = build(path.read_text())
    comes_back(str(module))
    comes_back(str(to_linalg(module)))
    try:
        loops = str(lower_to_loops(module))
    except LoweringError:
        return
    if len(loops) < 50_000:
        comes_back(loops)


@settings(max_examples=tries(8, long=1000), deadline=None)
@given(data=st.data())
def test_random_tensor_programs(data: Any) -> None:
    module = data.draw(tensor_programs(data.draw(st.sampled_from(ELEMENTS)), 4)).module
    comes_back(str(module))
    comes_back(str(to_linalg(module)))


@settings(max_examples=tries(12, long=500), deadline=None)
@given(some_functions())
def test_random_functions(func: Operation) -> None:
    module = new_module()
    module.body.blocks[0].append(func)
    comes_back(str(module))


@settings(max_examples=tries(12, long=500), deadline=None)
@given(data=st.data())
def test_random_loops_with_vectors(data: Any) -> None:
    from tern.cost import AVX2

    module = lower_to_loops(build(data.draw(programs(operations=4))[0]))
    permit(module, "contract", "reassoc")
    for_machine(module, AVX2, data.draw(st.booleans()))
    comes_back(str(module))


def test_places() -> None:
    """Where an operation came from is its location, in tern as in MLIR."""
    path = next(path for path in EXAMPLES if path.stem == "softmax")
    source = Source(path.read_text(), "softmax.tern", brackets=True)
    module = named(source)
    text = mlir_text(*module.body.blocks[0].operations, locate=in_source(source))
    with mlir.Context():
        theirs = mlir.Module.parse(text)
        printed = theirs.operation.get_asm(enable_debug_info=True)
    for form in (text, printed):
        (exp,) = [op for op in read_mlir(form).walk() if op.name == "math.exp"]
        assert exp.location == Place("softmax.tern", 3, 13)
        assert str(exp.location) == "softmax.tern:3:13"


LOCATED = """
#one = loc("one.tern":1:2)
#four = loc("four.tern":4:5)
func.func @f(%a: i32 loc("a")) -> i32 attributes {here} {
  %0 = arith.addi %a, %a {there = 1 : i32} : i32 loc("name"(#one))
  %1 = arith.addi %0, %a : i32 loc(fused<"why">["two.tern":2:3, #one])
  %2 = arith.addi %1, %a : i32 loc(callsite("three.tern":3:4 at #four))
  %3 = arith.addi %2, %a : i32 loc(callsite(unknown at #four))
  %4 = arith.addi %3, %a : i32 loc(unknown)
  %5 = arith.addi %4, %a : i32 loc("range.tern":5:6 to :8)
  return %5 : i32
} loc(#five)
#five = loc("five.tern":5:6)
"""


def test_every_kind_of_location() -> None:
    with mlir.Context():
        mlir.Module.parse(LOCATED)
    module = read_mlir(LOCATED)
    (func,) = module.body.blocks[0].operations
    found = [str(op.location or "-").replace(".tern", "") for op in func.walk()]
    assert found == [
        "five:5:6", "one:1:2", "two:2:3", "three:3:4", "four:4:5", "-", "range:5:6", "-",
    ]  # fmt: skip


PASSED = """
func.func @relu(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %cst = arith.constant dense<0.0> : tensor<4xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %e = tensor.empty(%n) : tensor<?x4xf32>
  %b = linalg.broadcast ins(%cst : tensor<4xf32>) outs(%e : tensor<?x4xf32>) dimensions = [0]
  %0 = arith.maximumf %x, %b : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}"""


@pytest.mark.parametrize("generic", [False, True])
def test_what_passes_of_mlirs_make_comes_in_and_means_the_same(generic: bool) -> None:
    from torch_mlir.passmanager import PassManager

    x = np.arange(-6, 6, dtype="f4").reshape(3, 4)
    passes = "canonicalize, func.func(convert-elementwise-to-linalg, linalg-fuse-elementwise-ops)"
    with mlir.Context():
        module = mlir.Module.parse(PASSED)
        PassManager.parse(f"builtin.module({passes}, cse)").run(module.operation)
        text = module.operation.get_asm(print_generic_op_form=generic)
    assert np.array_equal(run(read_mlir(text), "relu", x), np.maximum(x, 0))


REDUCED = """
func.func @f(%x: tensor<?x4xi32>, %o: tensor<?xi32>) -> tensor<?xi32> {
  %0 = linalg.reduce ins(%x : tensor<?x4xi32>) outs(%o : tensor<?xi32>) dimensions = [1]
    (%in: i32, %init: i32) {
      %1 = arith.muli %in, %init : i32
      linalg.yield %1 : i32
    }
  return %0 : tensor<?xi32>
}"""


def test_a_reduction_with_its_body() -> None:
    with mlir.Context():
        module = mlir.Module.parse(REDUCED)
        for form in FORMS.values():
            text = module.operation.get_asm(**form)
            assert "linalg.reduce { arith.muli }" in str(read_mlir(text))
    wrong = REDUCED.replace("arith.muli %in, %init", "arith.muli %in, %in")
    with pytest.raises(Diagnostic, match="the body of linalg.reduce is no single operation"):
        read_mlir(wrong)


# what does not come in --------------------------------------------------------------------------

GOOD = '%0 = "arith.cmpi"(%a, %a) <{predicate = 2 : i64}> : (i32, i32) -> i1'
WRONG = {
    "unknown operation 'gpu.barrier'": ('"gpu.barrier"() : () -> ()', '"gpu'),
    "unknown operation 'gpu.thread_id'": ("%0 = gpu.thread_id x", "gpu.thread_id"),
    "arith.cmpi has no predicate number 77": (GOOD.replace("= 2", "= 77"), '"arith.cmpi"'),
    "arith.cmpi needs the property predicate": (GOOD.replace("predicate", "pred"), '"arith.cmpi"'),
    "not a constant of type i64": (GOOD.replace("2 : i64", "2.5 : i64"), "2.5"),
    "2 operands but 1 types": (GOOD.replace("(i32, i32) ->", "(i32) ->"), "(i32) ->"),
    "there is no location #nowhere": (f"{GOOD} loc(#nowhere)", "nowhere"),
    "expected a location": (f"{GOOD} loc(somewhere)", "somewhere"),
    "there is no value %b": (GOOD.replace("%a, %a", "%a, %b"), "%b"),
    "expected a type": (GOOD.replace("-> i1", "-> !llvm.ptr"), "!llvm"),
    "a property of linalg.generic is not of the kind": (
        '"linalg.generic"(%x) <{indexing_maps = [#no.map], iterator_types = [], '
        "operandSegmentSizes = array<i32: 1, 0>}> ({}) : (tensor<4xf32>) -> ()",
        '"linalg.generic"',
    ),
    "affine.for with values that it carries": (
        '%0 = "affine.for"(%a) <{lowerBoundMap = affine_map<() -> (0)>, operandSegmentSizes = '
        "array<i32: 0, 0, 1>, step = 1 : index, upperBoundMap = affine_map<() -> (4)>}> ({\n"
        '^bb0(%i: index, %s: i32):\n"affine.yield"(%s) : (i32) -> ()\n}) : (i32) -> i32',
        '"affine.for"',
    ),
    "the body of linalg.reduce is no single operation": (
        '%0 = "linalg.reduce"(%x, %y) <{dimensions = array<i64: 0>}> ({\n^bb0(%p: f32, %q: f32):\n'
        '"linalg.yield"(%p) : (f32) -> ()\n}) : (tensor<4xf32>, tensor<f32>) -> tensor<f32>',
        '"linalg.reduce"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("says", WRONG)
def test_what_tern_has_not_is_told_with_its_place(says: str) -> None:
    line, at = WRONG[says]
    text = f"func.func @f(%a: i32, %x: tensor<4xf32>, %y: tensor<f32>) {{\n{line}\n  return\n}}"
    with pytest.raises(Diagnostic, match=re.escape(says)) as caught:
        read_mlir(text)
    start = caught.value.span.start
    assert text[start:].startswith(at)


@settings(max_examples=tries(25, long=5000), deadline=None)
@given(st.randoms(use_true_random=False))
def test_damaged_text_is_an_error_and_never_a_crash(random: Any) -> None:
    with mlir.Context():
        if not _texts:
            module = mlir.Module.parse(EVERYTHING.read_text())
            for form in FORMS.values():
                _texts.append(module.operation.get_asm(**form))
    tokens = re.findall(r"\s+|[\w.%#^@$]+|.", random.choice(_texts))
    at = random.randrange(len(tokens))
    kind = random.randrange(3)
    if kind == 0:
        del tokens[at]
    elif kind == 1:
        tokens.insert(at, random.choice(tokens))
    else:
        tokens[at] = random.choice(tokens)
    try:
        read_mlir("".join(tokens))
    except (Diagnostic, tern.VerifyError):
        pass


_texts: list[str] = []


def test_terns_own_generic_text_is_read_as_before() -> None:
    """Of an operation that breaks its own rule, or that nobody knows."""
    from tern.ir import parse

    text = 'module {\n  "x.y"() {a = [1, 2], b = "c"} : () -> ()\n}'
    assert str(parse(text)) == text
    with pytest.raises(Diagnostic, match="unknown operation 'x.y'"):
        read_mlir(text)
    with pytest.raises(tern.VerifyError):
        verify(parse(text))
