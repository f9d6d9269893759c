"""StableHLO as JAX writes it, read and turned into tern's IR."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tern
from tern.frontends.stablehlo import (
    StableHloError,
    import_stablehlo,
    read_stablehlo,
    to_tern,
)
from tern.frontends.stablehlo.drawn import random_stablehlo
from tern.frontends.stablehlo.samples import PROGRAMS
from tern.ir import Operation, function, functions, run, verify
from tern.ir.loops import run_loops
from tern.lower import lower_to_loops
from tern.text import Diagnostic, Source

MOVING = Path(__file__).parent / "moving.mlir"

here = pytest.mark.skipif(find_spec("jax") is None, reason="needs the package jax")


def module(body: str, type: str) -> str:
    return f"module {{\n  func.func @main({type} {{\n{body}\n  }}\n}}\n"


def outline(root: Operation) -> Any:
    """What operations there are, whatever is read of their text besides."""
    return [(op.name, [str(r.type) for r in op.results], op.attributes) for op in root.walk()]


@pytest.mark.parametrize("generic", [False, True], ids=["pretty", "generic"])
@pytest.mark.parametrize("sample", PROGRAMS, ids=lambda sample: sample.name)
def test_a_program_computes_what_it_did_in_jax(sample, generic) -> None:
    made = import_stablehlo(sample.text(generic))
    arguments = sample.arguments(3)
    expected = sample.computes(*[each.astype("f8") for each in arguments])
    found = run(made, "main", *arguments)
    assert np.allclose(found, expected, rtol=1e-5, atol=2e-5)
    out = np.full_like(found, np.nan)
    run_loops(function(lower_to_loops(made), "main"), [*arguments, out])
    assert np.allclose(out, expected, rtol=1e-5, atol=2e-5)


def test_a_wrong_sum_would_be_found() -> None:
    """The comparison above can fail."""
    softmax = next(sample for sample in PROGRAMS if sample.name == "softmax")
    wrong = softmax.text().replace("applies stablehlo.add", "applies stablehlo.maximum")
    arguments = softmax.arguments()
    found = run(import_stablehlo(wrong), "main", *arguments)
    assert not np.allclose(found, softmax.computes(*arguments), atol=1e-3)


@pytest.mark.parametrize("sample", PROGRAMS, ids=lambda sample: sample.name)
def test_both_forms_are_one_program(sample) -> None:
    assert str(import_stablehlo(sample.text())) == str(import_stablehlo(sample.text(True)))


def test_operations_that_move_and_convert() -> None:
    x = np.arange(1, 25, dtype="f4").reshape(4, 6) * 1.5
    text = MOVING.read_text()
    whole = x.astype("i4")[:, 1::2]
    both = np.concatenate([whole, whole], 1)[:, ::-1] - np.arange(6, dtype="i4")
    padded = np.full((5, 12), -1, "i4")
    padded[:4, 1::2] = both
    turned = -np.where(padded > -1, padded, -1)
    assert turned.min() < 0 < turned.max()  # and so nothing is divided by 0
    one = np.ones((3, 20))
    assert np.allclose(run(import_stablehlo(text), "main", x), one / (1 + np.exp(-one)))


def test_an_unsigned_number_is_divided_and_converted_as_one() -> None:
    body = (
        "    %0 = stablehlo.divide %a, %b : tensor<3xui8>\n"
        "    %1 = stablehlo.convert %0 : (tensor<3xui8>) -> tensor<3xf32>\n"
        "    return %1 : tensor<3xf32>"
    )
    text = module(body, "%a: tensor<3xui8>, %b: tensor<3xui8>) -> tensor<3xf32>")
    a, b = np.array([[200, 255, 7], [3, 1, 2]], "u1")
    assert run(import_stablehlo(text), "main", a, b).tolist() == [66.0, 255.0, 3.0]


@pytest.mark.parametrize("width", [8, 32, 64])
def test_a_constant_without_sign_keeps_its_bits(width: int) -> None:
    kind, most = f"ui{width}", 2**width - 1
    body = (
        f"    %c = stablehlo.constant dense<[{most}, {2 ** (width - 1)}, 1]> : tensor<3x{kind}>\n"
        f"    %z = stablehlo.constant dense<0> : tensor<{kind}>\n"
        f"    %0 = stablehlo.and %x, %c : tensor<3x{kind}>\n"
        f"    %1 = stablehlo.reduce(%0 init: %z) across dimensions = [0] : (tensor<3x{kind}>, "
        f"tensor<{kind}>) -> tensor<{kind}>\n"
        f"     reducer(%a: tensor<{kind}>, %b: tensor<{kind}>) {{\n"
        f"      %m = stablehlo.constant dense<{most - 1}> : tensor<{kind}>\n"
        f"      %2 = stablehlo.and %b, %m : tensor<{kind}>\n"
        f"      %3 = stablehlo.or %a, %2 : tensor<{kind}>\n"
        f"      stablehlo.return %3 : tensor<{kind}>\n    }}\n"
        f"    return %0, %1 : tensor<3x{kind}>, tensor<{kind}>"
    )
    text = module(body, f"%x: tensor<3x{kind}>) -> (tensor<3x{kind}>, tensor<{kind}>)")
    x = np.array([most - 4, most, 7], f"u{width // 8}")
    own = x if width == 8 else x.view(f"i{width // 8}")
    found, all_bits = run(import_stablehlo(text), "main", own)
    masked = x & np.array([most, 2 ** (width - 1), 1], x.dtype)
    assert found.tolist() == masked.view(own.dtype).tolist()
    reduced = np.bitwise_or.reduce(masked & x.dtype.type(most - 1))
    assert np.asarray(all_bits).astype(own.dtype) == reduced.astype(own.dtype)


def test_a_product_of_batches_whose_dimensions_are_elsewhere() -> None:
    body = (
        "    %0 = stablehlo.dot_general %a, %b, batching_dims = [1] x [0], contracting_dims = "
        "[0] x [2] : (tensor<4x2x3xf32>, tensor<2x5x4xf32>) -> tensor<2x3x5xf32>\n"
        "    return %0 : tensor<2x3x5xf32>"
    )
    text = module(body, "%a: tensor<4x2x3xf32>, %b: tensor<2x5x4xf32>) -> tensor<2x3x5xf32>")
    random = np.random.default_rng(0)
    a, b = random.standard_normal((4, 2, 3)), random.standard_normal((2, 5, 4))
    a, b = a.astype("f4"), b.astype("f4")
    found = run(import_stablehlo(text), "main", a, b)
    assert np.allclose(found, np.einsum("kbm,bnk->bmn", a, b), atol=1e-5)


def test_many_numbers_are_read_of_their_bytes() -> None:
    data = np.arange(6, dtype="f4").tobytes().hex().upper()
    body = f'    %c = stablehlo.constant dense<"0x{data}"> : tensor<2x3xf32>\n'
    body += "    return %c : tensor<2x3xf32>"
    text = module(body, ") -> tensor<2x3xf32>")
    assert run(import_stablehlo(text), "main").tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(Diagnostic, match="not the bytes of a tensor<2x3xf32>"):
        import_stablehlo(text.replace(data, data[2:]))


NUMBERS = """
    %c = stablehlo.constant dense<[18446744073709551615, 9223372036854775808]> : tensor<2xui64>
    %0 = stablehlo.add %x, %c : tensor<2xui64>
    return %0 : tensor<2xui64>"""


def test_numbers_of_a_wide_unsigned_type_are_two_s_complement() -> None:
    made = import_stablehlo(module(NUMBERS, "%x: tensor<2xui64>) -> tensor<2xui64>"))
    verify(made)
    found = run(made, "main", np.array([3, 4]))
    assert found.view("u8").tolist() == [2, 2**63 + 4]


@pytest.mark.parametrize("bits", [8, 32])
def test_products_of_unsigned_numbers_are_summed_up_in_a_wider_type(bits) -> None:
    one, two = f"tensor<1x2xui{bits}>", f"tensor<2x1xui{bits}>"
    wide = f"tensor<1x1xui{2 * max(bits, 16)}>"
    body = f"""    %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
      : ({one}, {two}) -> {wide}
    return %0 : {wide}"""
    made = import_stablehlo(module(body, f"%a: {one}, %b: {two}) -> {wide}"))
    verify(made)
    dtype = {8: "u1", 32: "i4"}[bits]
    row = np.array([[2**bits - 1, 3]], f"u{bits // 8}").view(dtype)
    (found,) = run(made, "main", row, row.reshape(2, 1)).ravel()
    assert int(found) % 2**64 == ((2**bits - 1) ** 2 + 9) % 2**64


EMPTY = {
    "dynamic_slice %x, %i, sizes = [0] : (tensor<3xf32>, tensor<ui32>) -> tensor<0xf32>": [],
    "slice %x [3:3] : (tensor<3xf32>) -> tensor<0xf32>": [],
    "dynamic_update_slice %x, %none, %i : (tensor<3xf32>, tensor<0xf32>, tensor<ui32>) -> "
    "tensor<3xf32>": [2, 4, 6],
    "pad %none, %c, low = [1], high = [1], interior = [1] : (tensor<0xf32>, tensor<f32>) -> "
    "tensor<2xf32>": [18, 18],
    "dynamic_slice %x, %last, sizes = [1] : (tensor<3xf32>, tensor<ui32>) -> tensor<1xf32>": [6],
}


@pytest.mark.parametrize("line", EMPTY, ids=lambda line: line.partition(" : ")[0])
def test_parts_without_elements_and_beyond_the_end(line) -> None:
    """In StableHLO a part may have no elements, and begin behind the last one."""
    type = line.rpartition("-> ")[2]
    body = f"""    %c = stablehlo.constant dense<9.0> : tensor<f32>
    %last = stablehlo.constant dense<4294967295> : tensor<ui32>
    %0 = stablehlo.{line}
    %1 = stablehlo.add %0, %0 : {type}
    return %1 : {type}"""
    given = "%x: tensor<3xf32>, %none: tensor<0xf32>, %i: tensor<ui32>"
    made = import_stablehlo(module(body, f"{given}) -> {type}"))
    verify(made)
    arguments = [np.array([1, 2, 3], "f4"), np.zeros(0, "f4"), np.array(-1, "i4")]
    assert run(made, "main", *arguments).tolist() == EMPTY[line]
    out = np.full(len(EMPTY[line]), np.nan, "f4")
    run_loops(function(lower_to_loops(made), "main"), [*arguments, out])
    assert out.tolist() == EMPTY[line]


def test_what_would_mean_something_else_is_refused() -> None:
    compare = "%0 = stablehlo.compare LT, %x, %x, TOTALORDER : (TYPE, TYPE) -> tensor<3xi1>"
    window = """%c = stablehlo.constant dense<0.0> : tensor<f32>
    %0 = "stablehlo.reduce_window"(%x, %c) <{padding = dense<[[-1, 0]]> : tensor<1x2xi64>,
      window_dimensions = array<i64: 2>}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = stablehlo.add %a, %b : tensor<f32>
      stablehlo.return %s : tensor<f32>
    }) : (TYPE, tensor<f32>) -> tensor<1xf32>"""
    for body, result in ((compare, "tensor<3xi1>"), (window, "tensor<1xf32>")):
        text = module(f"{body}\n return %0 : {result}", f"%x: TYPE) -> {result}")
        with pytest.raises(StableHloError, match="has no form in tern"):
            import_stablehlo(text.replace("TYPE", "tensor<3xf32>"))


# errors -------------------------------------------------------------------------------------------


def test_an_operation_that_tern_has_not_is_told_with_its_place() -> None:
    text = module(
        "    %0 = stablehlo.cbrt %x : tensor<3xf32>\n    return %0 : tensor<3xf32>",
        "%x: tensor<3xf32>) -> tensor<3xf32>",
    )
    with pytest.raises(StableHloError, match="^stablehlo.cbrt has no form in tern$") as caught:
        import_stablehlo(Source(text, "net.mlir"))
    assert str(caught.value.location) == "net.mlir:3:5"
    located = text.replace(
        ": tensor<3xf32>\n    return", ': tensor<3xf32> loc("f.py":7:3)\n    return'
    )
    with pytest.raises(StableHloError) as caught:
        import_stablehlo(located)
    assert str(caught.value.location) == "f.py:7:3"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%0 = other.add %x : tensor<3xf32>", "unknown operation 'other.add'"),
        ("%0 = stablehlo.add %x, %y : tensor<3xf32>", "there is no value %y"),
        ("%0 = stablehlo.add %x, %x : tensor<3xcomplex<f32>>", "expected"),
        ("%0 = stablehlo.reshape %x : (tensor<3xf32>, i1) -> tensor<3xf32>", "1 operands but 2"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(line, says) -> None:
    text = module(
        f"    {line}\n    return %0 : tensor<3xf32>", "%x: tensor<3xf32>) -> tensor<3xf32>"
    )
    with pytest.raises(Diagnostic, match=says):
        read_stablehlo(text)


def test_the_exercise_is_a_part() -> None:
    """Whatever is in force translates."""
    asked = []

    def mine(func: Operation) -> Operation:
        asked.append(func.attributes["sym_name"])
        return to_tern.__wrapped__(func)

    with tern.using({"frontends.stablehlo.to_tern": mine}):
        import_stablehlo(next(s for s in PROGRAMS if s.name == "cnn").text())
    assert asked == ["main", "relu"]


def test_every_operation_has_the_location_of_one_in_the_text() -> None:
    text = random_stablehlo(random.Random(), 40)
    (func,) = functions(read_stablehlo(text))
    places = {str(op.location) for op in func.body.only_block.operations}
    made = to_tern(func).body.only_block.operations
    assert {str(op.location) for op in made} <= places
    assert str(made[-1].location) == str(func.body.only_block.operations[-1].location)


@pytest.mark.parametrize("number", range(20))
def test_random_functions_are_read_and_run(number: int) -> None:
    seed = random.randrange(1 << 30)  # an unseen one each time; a failure shows it
    text = random_stablehlo(random.Random(seed), 30)
    (func,) = functions(read_stablehlo(text))
    assert len(func.body.only_block.operations) >= 30
    types = func.attributes["function_type"]
    draw = np.random.default_rng(seed).standard_normal
    found = run(import_stablehlo(text), "main", *[draw(t.shape, dtype="f4") for t in types.inputs])
    assert found.shape == types.results[0].shape


@here
@pytest.mark.apart
def test_the_specification_takes_random_functions_and_computes_the_same() -> None:
    from tern.targets.stablehlo import xla

    for seed in (random.randrange(1 << 30) for _ in range(4)):
        text = random_stablehlo(random.Random(seed), 30)
        (func,) = functions(read_stablehlo(text))
        draw = np.random.default_rng(seed).uniform
        types = func.attributes["function_type"].inputs
        given = [np.asarray(draw(0.1, 1.0, t.shape), "f4") for t in types]
        (expected,) = xla.interpreted(text, given)
        found = run(import_stablehlo(text), "main", *given)
        assert np.allclose(found, expected, rtol=1e-3, atol=1e-3, equal_nan=True), seed


# what JAX writes today ----------------------------------------------------------------------------

EXPORTS = """
import json, jax, jax.numpy as jnp
from jax import export
from jax.nn import relu, softmax
s = lambda *shape, dtype="float32": jax.ShapeDtypeStruct(shape, dtype)
def loss(x, w): return jnp.mean((relu(x @ w) - 1.0) ** 2)
functions = {
    "softmax": (softmax, (s(3, 5),)),
    "gradient": (jax.grad(loss, 1), (s(3, 4), s(4, 2))),
    "argmax": (lambda x: jnp.argmax(x, 1), (s(3, 5),)),
    "rows": (lambda t, i: jnp.take(t, i, axis=0, mode="clip"), (s(5, 3), s(4, dtype="int32"))),
    "attention": (lambda q, k, v: softmax(jnp.einsum("bqd,bkd->bqk", q, k)) @ v,
                  (s(2, 3, 4), s(2, 5, 4), s(2, 5, 4))),
}
out = {}
for name, (f, shapes) in functions.items():
    exported = export.export(jax.jit(f))(*shapes)
    given = [jax.random.normal(jax.random.key(n), t.shape) if t.dtype == "float32"
             else jnp.arange(4, dtype="int32") for n, t in enumerate(shapes)]
    out[name] = (exported.mlir_module(), [x.tolist() for x in given],
                 [str(x.dtype) for x in given], jax.jit(f)(*given).tolist())
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    """Programs that JAX exports now, with what it computes."""
    done = subprocess.run([sys.executable, "-c", EXPORTS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@here
@pytest.mark.parametrize("name", ["softmax", "gradient", "argmax", "rows", "attention"])
def test_what_jax_exports_now(exported, name) -> None:
    text, given, dtypes, expected = exported[name]
    arguments = [np.array(each, dtype) for each, dtype in zip(given, dtypes)]
    assert np.allclose(run(import_stablehlo(text), "main", *arguments), expected, atol=1e-5)
