import doctest
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tern import types
from tern.types import (
    FloatType,
    FunctionType,
    IntegerType,
    MemRefType,
    TensorType,
    f32,
    f64,
    i1,
    i32,
    index,
    parse_type,
)

SPELLINGS = [
    "i1",
    "i64",
    "f16",
    "index",
    "tensor<f32>",
    "tensor<4x?xf32>",
    "tensor<0x1xi1>",
    "memref<f64>",
    "memref<?x2xi32>",
    "memref<tensor<2xf32>>",
    "() -> ()",
    "(i32, f32) -> f32",
    "(i32) -> (f32, i32)",
    "(tensor<?xf32>) -> tensor<?xf32>",
    "(i32) -> ((i32) -> f32)",
    "((i32) -> f32) -> ()",
]

scalars = st.sampled_from([i1, types.i8, i32, types.i64, types.f16, f32, f64, index])
shapes = st.lists(st.none() | st.integers(0, 10**6), max_size=4).map(tuple)
tensors = st.builds(TensorType, shapes, scalars)
flat_types = scalars | tensors | st.builds(MemRefType, shapes, scalars | tensors)
all_types = st.recursive(
    flat_types,
    lambda inner: st.builds(
        FunctionType,
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(tuple),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_is_read_and_written_back(spelling) -> None:
    assert str(parse_type(spelling)) == spelling


@given(all_types)
def test_every_type_is_read_back(type_) -> None:
    assert parse_type(str(type_)) == type_


def test_blanks_do_not_matter() -> None:
    assert parse_type(" ( i32 ,f32 )->tensor< 4x?xf32 > ") == FunctionType(
        (i32, f32), (TensorType((4, None), f32),)
    )


@pytest.mark.parametrize(
    "text",
    ["", "i33", "f32 f32", "tensor<4xf32", "tensor<x4f32>", "tensor<tensor<f32>>", "(i32)",
     "memref<()->()>", "float", "tensor<-1xf32>", "(" * 1000, "(" * 50_000 + ")" * 50_000],
)  # fmt: skip
def test_what_is_no_type_is_a_value_error(text) -> None:
    with pytest.raises(ValueError, match="type"):
        parse_type(text)


def test_names_and_unknown_sizes_print_alike_but_differ() -> None:
    named, unknown = TensorType(("n",), f32), TensorType((None,), f32)
    assert str(named) == str(unknown) == "tensor<?xf32>"
    assert named != unknown


def test_types_are_values() -> None:
    assert {IntegerType(32): 1}[i32] == 1
    assert FloatType(8, 23) is not f32 and FloatType(8, 23) == f32
    assert pickle.loads(pickle.dumps(TensorType((1, None), f32))) == TensorType((1, None), f32)
    with pytest.raises(AttributeError):
        i32.width = 8
    assert TensorType((2, 3), f32).rank == 2 and MemRefType((), f32).rank == 0


def test_the_docstring() -> None:
    assert doctest.testmod(types).failed == 0
