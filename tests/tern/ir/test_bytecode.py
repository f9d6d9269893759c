"""IR as bytes: what goes in comes out, and bytes from anywhere give IR or a ValueError."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern import ir
from tern.ir.strategies import functions
from tern.types import f32, i32
from tests.turns import tries

EVERYTHING = (Path(__file__).parent / "everything.mlir").read_text(encoding="utf-8")


def same(one: ir.Operation, other: ir.Operation) -> bool:
    """The same text, and the same attributes where the text leaves some out."""
    pairs = zip(one.walk(), other.walk(), strict=True)
    return str(one) == str(other) and all(
        repr(sorted(a.attributes.items())) == repr(sorted(b.attributes.items())) for a, b in pairs
    )


def test_every_operation_of_every_dialect_survives() -> None:
    module = ir.parse(EVERYTHING)
    assert same(ir.read_bytecode(ir.write_bytecode(module)), module)


@settings(max_examples=tries(30, long=300), deadline=None)
@given(functions())
def test_functions_survive_and_equal_bytes_are_equal_ir(function) -> None:
    data = ir.write_bytecode(function)
    read = ir.read_bytecode(data)
    assert same(read, function) and read.parent is None
    assert ir.write_bytecode(read) == data
    assert data == ir.write_bytecode(function.clone())
    for region in read.regions:
        assert region.parent is read
        for block in region.blocks:
            assert block.parent is region
            assert all(op.parent is block for op in block.operations)
            assert [arg.index for arg in block.args] == list(range(len(block.args)))


def test_attributes_keep_their_types() -> None:
    attributes = {"a": 1, "b": 1.0, "c": True, "d": "1", "e": i32, "f": (1, (2.5, f32)), "g": -0.0}
    read = ir.read_bytecode(ir.write_bytecode(ir.Operation("test.op", attributes=attributes)))
    assert repr(sorted(read.attributes.items())) == repr(sorted(attributes.items()))


def test_every_nan_keeps_its_bits() -> None:
    text = "  %0 = arith.constant 0x7FC00000 : f32\n  %1 = arith.constant 0xFFC00001 : f32"
    module = ir.parse(f"func.func @f() {{\n{text}\n  func.return\n}}")
    data = ir.write_bytecode(module)
    assert str(ir.read_bytecode(data)) == str(module) and "0xFFC00001" in str(module)
    assert ir.write_bytecode(ir.read_bytecode(data)) == data


def test_nesting_is_not_limited() -> None:
    outer = inner = ir.Operation("test.nest", regions=[ir.Region([ir.Block()])])
    for _ in range(3_000):
        inner = inner.body.blocks[0].append(
            ir.Operation("test.nest", regions=[ir.Region([ir.Block()])])
        )
    assert sum(1 for _ in ir.read_bytecode(ir.write_bytecode(outer)).walk()) == 3_001


def damaged(name: str) -> ir.Operation:
    func = ir.parse(
        "func.func @f(%x: i32) -> i32 {\n %0 = arith.addi %x, %x : i32\n return %0 : i32\n}"
    )
    func = ir.function(func, "f")
    block = func.body.blocks[0]
    if name == "a value from elsewhere":
        block.operations[1].operands = [ir.Value(i32)]
    elif name == "no value at all":
        block.operations[1].operands = [None]
    elif name == "a list for a value":
        block.operations[1].operands = [[]]
    elif name == "a block from elsewhere":
        block.operations[1].successors = [(ir.Block(), [])]
    elif name == "a block twice":
        func.body.blocks.append(block)
    elif name == "a region inside itself":
        block.operations[0].regions = [func.body]
    elif name == "an attribute that is an object":
        block.operations[0].attributes["x"] = object()
    return func


@pytest.mark.parametrize(
    "name",
    [
        "a value from elsewhere",
        "no value at all",
        "a list for a value",
        "a block from elsewhere",
        "a block twice",
        "a region inside itself",
        "an attribute that is an object",
    ],
)
def test_damaged_ir_is_refused(name) -> None:
    ir.write_bytecode(damaged("not at all"))
    with pytest.raises(ValueError):
        ir.write_bytecode(damaged(name))


NUMBERS = st.integers(-3, 12) | st.sampled_from([1 << 40, 10**30])
JUNK = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)


@settings(max_examples=tries(40, long=2_000), deadline=None)
@given(st.data())
def test_damaged_bytes_give_ir_or_a_value_error(data) -> None:
    """Replace one node of valid bytecode by junk."""
    function = ir.functions(ir.parse(EVERYTHING))[0]
    tree = json.loads(ir.write_bytecode(function))
    whole = [tree]
    node, key = whole, 0
    while data.draw(st.integers(0, 5)) and isinstance(node[key], (list, dict)) and node[key]:
        node = node[key]
        keys = range(len(node)) if isinstance(node, list) else sorted(node)
        key = data.draw(st.sampled_from(keys))
    node[key] = data.draw(JUNK)
    try:
        read = ir.read_bytecode(json.dumps(whole[0]).encode())
    except ValueError:
        return
    assert isinstance(read, ir.Operation)


@given(st.binary(max_size=40))
def test_any_bytes_give_a_value_error(data) -> None:
    with pytest.raises(ValueError):
        ir.read_bytecode(data)
