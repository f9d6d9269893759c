"""Constants of many numbers: bytes in the IR, in its text, and in what reads it."""

from __future__ import annotations

import random
from importlib.util import find_spec

import numpy as np
import pytest

from tern.ir import (
    Builder,
    Operation,
    VerifyError,
    function,
    new_module,
    parse,
    print_ir,
    read_bytecode,
    run,
    verify,
    write_bytecode,
)
from tern.ir.arrays import dtype_of
from tern.ir.dialects.dense import LARGE, Dense, array_of, value_of
from tern.passes.lift_constants import lift_constants
from tern.targets.interface import target
from tern.types import TensorType, bf16, f16, f32, f64, i1, i8, i32, i64, u8

ELEMENTS = (f32, f64, f16, bf16, i1, i8, u8, i32, i64)


def numbers(element, *shape: int) -> np.ndarray:
    generator = np.random.default_rng(random.SystemRandom().randrange(1 << 30))
    return generator.integers(0, 100, shape).astype(dtype_of(element))


def constant(array: np.ndarray, element, *inputs: TensorType) -> Operation:
    """A module whose `@main` gives an array, whatever it is called with."""
    module, type = new_module(), TensorType(array.shape, element)
    func = Builder(module.body.only_block).func("main", inputs, [type])
    b = Builder(func.body.only_block)
    b.ret([b.constant(value_of(array), type)])
    verify(module)
    return module


@pytest.mark.parametrize("element", ELEMENTS, ids=str)
def test_many_numbers_stay_what_they_are(element) -> None:
    array = numbers(element, 13, 17)
    module = constant(array, element)
    assert np.array_equal(run(module, "main"), array)
    again = parse(print_ir(module))
    assert print_ir(again) == print_ir(module) and np.array_equal(run(again, "main"), array)
    crossed = read_bytecode(write_bytecode(module))
    assert write_bytecode(crossed) == write_bytecode(module)
    assert np.array_equal(run(crossed, "main"), array)


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.zeros((20, 20), np.float32), float),
        (np.full((20, 20), True), bool),
        (np.arange(LARGE), tuple),
        (np.arange(LARGE + 1), Dense),
        (np.array([0.0] * 200 + [-0.0]), Dense),
        (np.array(5), int),
        (np.zeros((0, 3), np.float32), tuple),
    ],
    ids=["zeros", "trues", "few", "many", "a zero of another sign", "one", "none"],
)
def test_the_form_goes_by_the_numbers(array, kind) -> None:
    value = value_of(array)
    assert type(value) is kind
    element = {"f": f32, "b": i1, "i": i64}[array.dtype.kind]
    element = f64 if array.dtype == np.float64 else element
    assert np.array_equal(array_of(value, TensorType(array.shape, element)), array)


def test_a_value_is_its_bytes() -> None:
    one, same, other = (Dense(bytes([n]) * 8) for n in (1, 1, 2))
    assert one == same != other and hash(one) == hash(same)
    assert repr(one) == repr(same) != repr(other)


@pytest.mark.parametrize("count", [15, 17])
def test_too_many_or_too_few_bytes_are_an_error(count) -> None:
    module = constant(numbers(f32, 11, 11), f32)
    function(module, "main").body.only_block.operations[0].attributes["value"] = Dense(bytes(count))
    with pytest.raises(VerifyError, match=f"has 484 bytes, not {count}"):
        verify(module)


@pytest.mark.parametrize("name", ["mlir", "stablehlo"])
@pytest.mark.parametrize("element", [f32, i1, i64], ids=str)
def test_the_real_compilers_read_the_bytes(name, element) -> None:
    package = {"mlir": "torch_mlir", "stablehlo": "jax"}[name]
    if find_spec(package) is None:
        pytest.skip(f"needs the package {package}")
    array = numbers(element, 12, 12) > 50 if element == i1 else numbers(element, 12, 12)
    module = constant(array, element, TensorType((1,), f32))
    compiled = target(name).load(function(module, "main"))
    assert np.array_equal(compiled(np.zeros(1, np.float32)), array)


def test_constants_become_arguments() -> None:
    module, array = new_module(), numbers(f32, 11, 11)
    type = TensorType((11, 11), f32)
    func = Builder(module.body.only_block).func("main", [type], [type])
    b = Builder(func.body.only_block)
    (x,) = func.body.only_block.args
    few = TensorType((2,), f32)
    used = b.concat([b.constant((0.0, 1.0), few), b.constant((-0.0, 1.0), few)], 0)
    found = b.binary("arith.addf", x, b.constant(value_of(array), type))
    found = b.binary("arith.mulf", found, b.constant(value_of(array), type))
    found = b.binary("arith.addf", found, b.constant(2.0, type))
    rest = b.pad(used, (0,), (7,), b.constant(0.0, f32))
    found = b.insert_slice(
        b.expand_shape(rest, [[0, 1]], TensorType((1, 11), f32)), found, (0, 0), (1, 11)
    )
    b.ret([found])
    verify(module)
    given = numbers(f32, 11, 11)
    expected = run(module, "main", given)
    lifted = lift_constants(func)
    verify(module)
    assert [each.shape for each in lifted] == [(2,), (2,), (11, 11)]
    assert np.array_equal(run(module, "main", given, *lifted), expected)
    assert not lift_constants(func)
