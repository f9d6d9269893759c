"""The operations of networks: their text, their rules, and what their plain generic computes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.ir import (
    DEFINITIONS,
    EvaluationError,
    check_operation,
    parse,
    read_bytecode,
    run,
    verify,
    write_bytecode,
)
from tern.ir.dialects.structures import STRUCTURED, loop_of, structure_of
from tern.lower.generalize import generalize
from tern.passes import erase_dead_operations
from tests.tern.ir.test_mlir import EVERYTHING
from tests.tern.tensor_programs import ELEMENTS, close, tensor_programs
from tests.turns import tries

NAMES = sorted(name for name in DEFINITIONS if name.startswith(("linalg.", "tensor.")))


# text ---------------------------------------------------------------------------------------------


def test_round_trip_by_bytecode() -> None:
    module = parse(EVERYTHING)
    assert str(read_bytecode(write_bytecode(module))) == str(module)
    assert str(module.clone()) == str(module)


def test_the_generic_form_says_all_too() -> None:
    """An operation that breaks a rule is printed in the generic form, and comes back from it."""
    module = parse(EVERYTHING)
    broken = [op for op in module.walk() if op.name in NAMES and op.operands and op.results]
    for op in broken:
        op.operands.append(op.operands[0])
    text = str(module)
    assert "indexing_maps = [[[1, 0, 0], [0, 1, 0]]" in text
    again = parse(text)
    assert str(again) == text
    assert [op.attributes for op in again.walk()] == [op.attributes for op in module.walk()]


def test_mlirs_own_spelling() -> None:
    """Names for maps, attributes left out, and text that tern would write in another way."""
    text = """
#same = affine_map<(d0) -> (d0)>
#none = affine_map<(d0) -> ()>
func.func @f(%x: tensor<4xf32>, %c: f32, %i: tensor<1x4x4x1xf32>, %w: tensor<2x2xf32>,
             %o: tensor<1x3x3x1xf32>) -> tensor<4xf32> {
  %p = linalg.pooling_nhwc_sum ins(%i, %w : tensor<1x4x4x1xf32>, tensor<2x2xf32>)
    outs(%o : tensor<1x3x3x1xf32>) -> tensor<1x3x3x1xf32>
  %q = linalg.pooling_nhwc_sum {strides = dense<[1, 1]> : tensor<2xi64>}
    ins(%i, %w : tensor<1x4x4x1xf32>, tensor<2x2xf32>)
    outs(%o : tensor<1x3x3x1xf32>) -> tensor<1x3x3x1xf32>
  %0 = linalg.generic {indexing_maps = [#same, #none, #same], iterator_types = ["parallel"]}
    ins(%x, %c : tensor<4xf32>, f32) outs(%x : tensor<4xf32>) {
  ^body(%a: f32, %b: f32, %out: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %0 : tensor<4xf32>
}"""
    module = parse(text)
    verify(module)
    assert "affine_map<(d0) -> ()>" in str(module)
    assert str(parse(str(module))) == str(module)
    image, window = np.ones((1, 4, 4, 1), "f4"), np.ones((2, 2), "f4")
    args = [np.arange(4, dtype="f4"), 2.5, image, window, np.zeros((1, 3, 3, 1), "f4")]
    assert run(module, "f", *args).tolist() == [2.5, 3.5, 4.5, 5.5]


# rules --------------------------------------------------------------------------------------------

T = "tensor<4x4xf32>"
SAME = "affine_map<(d0, d1) -> (d0, d1)>"


def one_generic(maps, iterators, body="linalg.yield %a : f32", args="%a: f32, %o: f32") -> str:
    return (
        f"func.func @f(%x: {T}) -> {T} {{\n"
        f"%0 = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{iterators}]}} "
        f"ins(%x : {T}) outs(%x : {T}) {{\n^bb0({args}):\n{body}\n}} -> {T}\nreturn %0 : {T}\n}}"
    )


TWO = '"parallel", "parallel"'
BROKEN = {
    "not a loop": (one_generic(f"{SAME}, {SAME}", '"parallel", "window"'), "parallel or reduction"),
    "a map too few": (one_generic(SAME, TWO), "an indexing map for each operand"),
    "a row too few": (one_generic(f"affine_map<(d0, d1) -> (d0)>, {SAME}", TWO), "has 1 rows"),
    "too far": (
        one_generic(f"affine_map<(d0, d1) -> (d0 + 1, d1)>, {SAME}", TWO),
        "accessed from 1 to 4",
    ),
    "no end": (
        one_generic(
            f"{SAME.replace('d1)>', 'd1)>')}, {SAME}".replace("(d0, d1) ->", "(d0, d1, d2) ->"),
            TWO + ', "reduction"',
        ),
        "how far loop 2 goes",
    ),
    "an element too few": (
        one_generic(f"{SAME}, {SAME}", TWO, args="%a: f32"),
        "one element of each operand",
    ),
    "another type": (
        one_generic(f"{SAME}, {SAME}", TWO, "%c = arith.constant 1 : i32\nlinalg.yield %c : i32"),
        r"needs a yield of \(f32\)",
    ),
    "no such loop": (
        one_generic(f"{SAME}, {SAME}", TWO, "%i = linalg.index 2 : index\nlinalg.yield %a : f32"),
        "there is no loop 2",
    ),
    "beyond the end": (
        f"func.func @f(%x: {T}) {{\n"
        f"%0 = tensor.extract_slice %x[1, 0] [2, 4] [3, 1] : {T} to tensor<2x4xf32>\nreturn\n}}",
        "goes beyond the end",
    ),
    "another size": (
        f"func.func @f(%x: {T}) {{\n"
        f"%0 = tensor.extract_slice %x[0, 0] [2, 4] [1, 1] : {T} to tensor<3x4xf32>\nreturn\n}}",
        "does not fit tensor<3x4xf32>",
    ),
    "no sum": (
        f"func.func @f(%x: {T}) {{\n"
        f"%0 = tensor.concat dim(0) %x, %x : ({T}, {T}) -> tensor<9x4xf32>\nreturn\n}}",
        "cannot give 9",
    ),
    "no such dimension": (
        f"func.func @f(%x: {T}) {{\n"
        f"%0 = tensor.concat dim(2) %x, %x : ({T}, {T}) -> tensor<8x4xf32>\nreturn\n}}",
        "names a dimension",
    ),
    "padded to less": (
        f"func.func @f(%x: {T}, %c: f32) {{\n%0 = tensor.pad %x low[1, 0] high[0, 0] {{\n"
        f"^bb0(%i: index, %j: index):\ntensor.yield %c : f32\n}} : {T} to tensor<4x4xf32>\n"
        "return\n}",
        "cannot make",
    ),
    "too small an image": (
        "func.func @f(%x: tensor<1x3x3x1xf32>, %k: tensor<2x2x1x1xf32>) {\n"
        "%0 = linalg.conv_2d_nhwc_hwcf ins(%x, %k : tensor<1x3x3x1xf32>, tensor<2x2x1x1xf32>) "
        "outs(%x : tensor<1x3x3x1xf32>) -> tensor<1x3x3x1xf32>\nreturn\n}",
        "accessed from 0 to 3",
    ),
    "a product of another size": (
        f"func.func @f(%x: {T}, %y: tensor<5x4xf32>) {{\n"
        f"%0 = linalg.matmul ins(%x, %y : {T}, tensor<5x4xf32>) outs(%x : {T}) -> {T}\n"
        "return\n}",
        "does not fit",
    ),
    "a size that only one knows": (
        f"func.func @f(%x: {T}, %y: tensor<?x4xf32>) {{\n"
        f"%0 = linalg.transpose ins(%x : {T}) outs(%y : tensor<?x4xf32>) permutation = [1, 0]\n"
        "return\n}",
        "does not fit",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_here_is_broken_in_mlir(name) -> None:
    text, message = BROKEN[name]
    with pytest.raises((tern.VerifyError, tern.Diagnostic), match=message):
        verify(parse(text))
    mlir = pytest.importorskip("torch_mlir.ir")
    with mlir.Context(), pytest.raises(mlir.MLIRError):
        mlir.Module.parse(text)


def test_what_only_tern_refuses() -> None:
    """MLIR looks at the first and the last iteration only, lets a pad depend on where it is, and
    knows no unsigned types."""
    text = one_generic(f"affine_map<(d0, d1) -> (d0 - d1, d1)>, {SAME}", TWO)
    with pytest.raises(tern.VerifyError, match="accessed from -3 to 3"):
        verify(parse(text))
    text = "tensor.pad %x low[1] high[0] {\n^bb0(%i: index):\ntensor.yield %i : index\n}"
    text += " : tensor<4xindex> to tensor<5xindex>"
    with pytest.raises(tern.VerifyError, match="does not depend on where"):
        verify(parse(f"func.func @f(%x: tensor<4xindex>) {{\n%0 = {text}\nreturn\n}}"))
    types = "tensor<2x2xu8>, tensor<2x2xu8>"
    text = f"linalg.matmul ins(%x, %x : {types}) outs(%o : tensor<2x2xi32>) -> tensor<2x2xi32>"
    with pytest.raises(tern.VerifyError, match="u8 is unsigned"):
        verify(
            parse(
                f"func.func @f(%x: tensor<2x2xu8>, %o: tensor<2x2xi32>) {{\n%0 = {text}\nreturn\n}}"
            )
        )


junk = st.sampled_from(
    [None, 0, -1, (), ((),), (0,), ("?",), (1, 1), ((0, 1), 2), "x", ((1, True),), ("parallel",)]
)


@settings(max_examples=tries(40, long=1_000), deadline=None)
@given(st.data())
def test_checks_survive_any_operation(data) -> None:
    """However broken an operation is, its check says so and does not fail; and it prints."""
    module = parse(EVERYTHING)
    found = [op for op in module.walk() if op.name in NAMES]
    op = data.draw(st.sampled_from(found))
    for key in list(op.attributes):
        if data.draw(st.booleans()):
            op.attributes[key] = data.draw(junk)
    others = [value for each in found for value in (*each.results, *each.operands)]
    if data.draw(st.booleans()):
        op.operands = op.operands[: data.draw(st.integers(0, len(op.operands)))]
    elif op.operands:
        number = data.draw(st.integers(0, len(op.operands) - 1))
        op.operands[number] = data.draw(st.sampled_from(others))
    if op.regions and data.draw(st.booleans()):
        block = op.regions[0].blocks[0]
        del block.operations[data.draw(st.integers(0, len(block.operations) - 1))]
    assert check_operation(op) is None or isinstance(check_operation(op), str)
    assert str(module)


# what they compute ------------------------------------------------------------------------------


@pytest.mark.parametrize("element", ELEMENTS, ids=tern.types.own_spelling)
@settings(max_examples=tries(20, long=200), deadline=None)
@given(data=st.data())
def test_a_named_operation_is_its_generic(element, data) -> None:
    """NumPy's fast form against the plain one, on the same operands."""
    names = ["matmul", "batch_matmul", "convolution", "pooling", "reduce", "transpose", "broadcast"]
    program = data.draw(tensor_programs(element, 1, data.draw(st.sampled_from(names))))
    want = run(program.module, "f", *program.arguments)
    general = program.module.clone()
    block = general.body.blocks[0].operations[0].body.blocks[0]
    replaced = {}
    for number, op in enumerate(block.operations):
        op.operands = [replaced.get(value, value) for value in op.operands]
        if op.name in STRUCTURED:
            block.operations[number] = new = generalize(op)
            new.parent = block
            replaced.update(zip(op.results, new.results))
    verify(general)
    have = run(general, "f", *program.arguments)
    pairs = zip(have, want) if isinstance(want, tuple) else [(have, want)]
    for found, expected in pairs:
        assert close(np.asarray(found), np.asarray(expected))


def test_what_a_dead_operation_captures_is_dead_too() -> None:
    module = parse("""func.func @f(%x: tensor<4xf32>, %c: f32) -> f32 {
      %pad = arith.mulf %c, %c : f32
      %table = arith.addf %x, %x : tensor<4xf32>
      %0 = tensor.pad %x low[1] high[0] {
      ^bb0(%i: index):
        tensor.yield %pad : f32
      } : tensor<4xf32> to tensor<5xf32>
      %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>],
          iterator_types = ["parallel"]} outs(%x : tensor<4xf32>) {
      ^bb0(%a: f32):
        %unused = arith.mulf %a, %c : f32
        %j = linalg.index 0 : index
        %v = tensor.extract %table[%j] : tensor<4xf32>
        %w = arith.addf %v, %a : f32
        linalg.yield %w : f32
      } -> tensor<4xf32>
      return %c : f32
    }""")
    erase_dead_operations(module)
    assert [op.name for op in module.walk()] == ["builtin.module", "func.func", "func.return"]


def test_loops_of_a_structure() -> None:
    module = parse(EVERYTHING)
    (conv,) = [op for op in module.walk() if op.name == "linalg.conv_2d_nhwc_hwcf"]
    structure = structure_of(conv)
    assert structure.maps[0][1] == (0, 2, 0, 0, 1, 0, 0, 0)
    assert [loop_of(row) for row in structure.maps[0]] == [0, None, None, 6]


@pytest.mark.parametrize(
    ("text", "n", "message"),
    [
        ("tensor.extract_slice %x[%n] [2] [1] : tensor<?xf32> to tensor<2xf32>", 1, "stay inside"),
        ("tensor.extract_slice %x[0] [2] [%n] : tensor<?xf32> to tensor<2xf32>", 2, "stay inside"),
        (
            "tensor.insert_slice %x into %x[%n] [2] [1] : tensor<2xf32> into tensor<?xf32>",
            2,
            "inside",
        ),
        (
            "tensor.concat dim(0) %x, %x : (tensor<?xf32>, tensor<?xf32>) -> tensor<5xf32>",
            0,
            "makes",
        ),
        (
            "linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], "
            'iterator_types = ["parallel"]} ins(%x : tensor<?xf32>) outs(%y : tensor<?xf32>) {\n'
            "^bb0(%a: f32, %b: f32):\nlinalg.yield %a : f32\n} -> tensor<?xf32>",
            0,
            "loop 0 would go to 2 and to 3",
        ),
        (
            "linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], "
            'iterator_types = ["parallel"]} outs(%x : tensor<?xf32>) {\n'
            "^bb0(%a: f32):\n%v = tensor.extract %y[%n] : tensor<?xf32>\n"
            "linalg.yield %v : f32\n} -> tensor<?xf32>",
            3,
            "no element at every index",
        ),
    ],
)
def test_sizes_are_checked_when_it_runs(text, n, message) -> None:
    result = text.rpartition(" ")[2]
    x = "tensor<2xf32>" if "%x into" in text else "tensor<?xf32>"
    module = parse(
        f"func.func @f(%x: {x}, %y: tensor<?xf32>, %n: index) -> {result} {{\n"
        f"%0 = {text}\nreturn %0 : {result}\n}}".replace("into %x", "into %y")
    )
    verify(module)
    with pytest.raises(EvaluationError, match=message):
        run(module, "f", np.zeros(2, "f4"), np.zeros(3, "f4"), n)
