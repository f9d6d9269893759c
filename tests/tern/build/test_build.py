"""The builder: its forms, checked by tern's verifier, by MLIR and by NumPy."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tern
from tern import ir
from tern.build import build
from tern.build.tensors import grouping
from tern.ir import Operation
from tern.text import Diagnostic, Source, parse, tree

EXAMPLES = sorted((Path(tern.__file__).parent / "examples").glob("*.tern"))
FORMS = {"ssa": {}, "slots": {"slots": True}, "structured": {"structured": True}}


def example(name: str) -> Source:
    path = next(path for path in EXAMPLES if path.stem == name)
    return Source(path.read_text(), path.name)


def operations(module) -> list[str]:
    return [op.name for op in module.walk()]


# --- the text of the forms --------------------------------------------------------------------


def test_slots_form_has_a_slot_for_each_variable_that_changes() -> None:
    assert (
        str(build(example("power"), slots=True))
        == """\
module {
  func.func @power(%arg0: f32, %arg1: i32) -> f32 {
    %0 = memref.alloca() : memref<f32>
    %1 = memref.alloca() : memref<i32>
    %2 = memref.alloca() : memref<f32>
    memref.store %arg0, %0[] : memref<f32>
    memref.store %arg1, %1[] : memref<i32>
    %3 = arith.constant 1.000000e+00 : f32
    memref.store %3, %2[] : memref<f32>
    cf.br ^bb1
  ^bb1:
    %4 = memref.load %1[] : memref<i32>
    %5 = arith.constant 0 : i32
    %6 = arith.cmpi sgt, %4, %5 : i32
    cf.cond_br %6, ^bb2, ^bb5
  ^bb2:
    %7 = memref.load %1[] : memref<i32>
    %8 = arith.constant 2 : i32
    %9 = arith.remsi %7, %8 : i32
    %10 = arith.constant 1 : i32
    %11 = arith.cmpi eq, %9, %10 : i32
    cf.cond_br %11, ^bb3, ^bb4
  ^bb3:
    %12 = memref.load %2[] : memref<f32>
    %13 = memref.load %0[] : memref<f32>
    %14 = arith.mulf %12, %13 : f32
    memref.store %14, %2[] : memref<f32>
    cf.br ^bb4
  ^bb4:
    %15 = memref.load %0[] : memref<f32>
    %16 = memref.load %0[] : memref<f32>
    %17 = arith.mulf %15, %16 : f32
    memref.store %17, %0[] : memref<f32>
    %18 = memref.load %1[] : memref<i32>
    %19 = arith.constant 2 : i32
    %20 = arith.divsi %18, %19 : i32
    memref.store %20, %1[] : memref<i32>
    cf.br ^bb1
  ^bb5:
    %21 = memref.load %2[] : memref<f32>
    return %21 : f32
  }
}"""
    )


def test_structured_form_carries_the_variables_that_change() -> None:
    assert str(build(example("gcd"), structured=True)).splitlines()[1:12] == [
        "  func.func @gcd(%arg0: i32, %arg1: i32) -> i32 {",
        "    %0:2 = scf.while (%arg2 = %arg0, %arg3 = %arg1) : (i32, i32) -> (i32, i32) {",
        "      %2 = arith.constant 0 : i32",
        "      %3 = arith.cmpi ne, %arg3, %2 : i32",
        "      scf.condition(%3) %arg2, %arg3 : i32, i32",
        "    } do {",
        "    ^bb0(%arg2: i32, %arg3: i32):",
        "      %2 = arith.remsi %arg2, %arg3 : i32",
        "      scf.yield %arg3, %2 : i32, i32",
        "    }",
        "    %1 = math.absi %0#0 : i32",
    ]


def test_ssa_form_has_no_slots() -> None:
    names = operations(build(example("power")))
    assert not [name for name in names if name.startswith("memref")]


def test_broadcasting_is_spelled_out() -> None:
    module = build("fn f(x: f32[n, 1], y: f32[m]) -> f32[n, m] { return x - y; }")
    assert (
        str(module)
        == """\
module {
  func.func @f(%arg0: tensor<?x1xf32>, %arg1: tensor<?xf32>) -> tensor<?x?xf32> {
    %0 = arith.constant 0 : index
    %1 = tensor.dim %arg0, %0 : tensor<?x1xf32>
    %2 = arith.constant 0 : index
    %3 = tensor.dim %arg1, %2 : tensor<?xf32>
    %4 = tensor.collapse_shape %arg0 [[0, 1]] : tensor<?x1xf32> into tensor<?xf32>
    %5 = tensor.empty(%1, %3) : tensor<?x?xf32>
    %6 = linalg.broadcast ins(%4 : tensor<?xf32>) outs(%5 : tensor<?x?xf32>) dimensions = [1]
    %7 = tensor.empty(%1, %3) : tensor<?x?xf32>
    %8 = linalg.broadcast ins(%arg1 : tensor<?xf32>) outs(%7 : tensor<?x?xf32>) dimensions = [0]
    %9 = arith.subf %6, %8 : tensor<?x?xf32>
    return %9 : tensor<?x?xf32>
  }
}"""
    )


def test_sizes_known_only_on_one_side_of_a_call_are_cast() -> None:
    names = operations(
        build("""
        fn twice(x: f32[n]) -> f32[n] { return x + x; }
        fn f(x: f32[3]) -> f32[3] { return twice(x); }
    """)
    )
    assert names.count("tensor.cast") == 2


def test_and_branches_only_if_its_right_side_may_fail() -> None:
    safe = "fn f(a: i32) -> bool { return a > 0 and a % 2 == 0; }"
    unsafe = "fn f(a: i32) -> bool { return a > 0 and 10 % a == 0; }"
    calls = "fn f(a: i32) -> bool { return a > 0 or not f(a + 1); }"
    converts = "fn f(a: f64) -> bool { return a < 9.0 and i32(a) > 3; }"
    takes = "fn f(x: f32[n], a: i32) -> bool { return a < 9 and -x[a] > 0.0; }"
    gathers = "fn f(x: f32[n], a: i32) -> bool { return a < 9 and take(x, a) > 0.0; }"
    assert "cf.cond_br" not in operations(build(safe))
    for program in (unsafe, calls, converts, takes, gathers):
        assert "cf.cond_br" in operations(build(program))
        assert "scf.if" in operations(build(program, structured=True))


def test_operations_know_where_they_come_from() -> None:
    source = "fn f(x: f32) -> f32 { return exp(x + 1.0); }"
    locations = {
        op.name: source[slice(*op.location)]
        for op in build(source).walk()
        if op.location is not None
    }
    assert locations["arith.constant"] == "1.0"
    assert locations["arith.addf"] == "x + 1.0"
    assert locations["math.exp"] == "exp(x + 1.0)"
    assert locations["func.return"] == "return exp(x + 1.0);"


def test_what_follows_a_return_is_dropped() -> None:
    module = build("fn f() -> i32 { return 1; return 2; }")
    assert operations(module).count("func.return") == 1


def test_a_tree_is_built_as_its_text() -> None:
    text = example("softmax")
    assert str(build(parse(text))) == str(build(text))


def test_a_tree_made_by_hand() -> None:
    value = tree.Binary("+", tree.Integer(1), tree.Float(2.0))
    function = tree.Function(
        tree.Name("f"), (), tree.TypeName("f32"), tree.Block((tree.Return(value),))
    )
    assert ir.run(build(tree.Module((function,))), "f") == 3.0


def test_the_structured_form_has_no_slots() -> None:
    with pytest.raises(ValueError, match="no slots"):
        build("", structured=True, slots=True)


@pytest.mark.parametrize(
    ("rank", "units", "groups"),
    [
        (2, [1], [[0, 1]]),
        (2, [0], [[0, 1]]),
        (3, [1], [[0, 1], [2]]),
        (4, [0, 2], [[0, 1, 2], [3]]),
        (2, [0, 1], []),
        (2, [], [[0], [1]]),
    ],
)
def test_grouping(rank, units, groups) -> None:
    assert grouping(rank, units) == groups


# --- a return in structured form --------------------------------------------------------------

RETURNS = [
    "if a > 0 { return 1; } return 2;",
    "if a > 0 { return 1; } else { return 2; }",
    "if a > 0 { a = 5; } else { return a; } a = a + 1; return a;",
    "if a > 2 { return 1; } else if a > 0 { return 2; } let b = a * 2; return b;",
    "if a > 0 { if a > 1 { return 1; } a = a + 10; } else { return 7; } return a;",
    "let b = 0; if a == 0 { b = 1; return b; } b = 2; if a == 1 { return b; } return b + a;",
    "if a > 0 { return 1; return 2; } return 3; return 4;",
]


@pytest.mark.parametrize("body", RETURNS)
def test_a_return_in_a_branch_moves_to_the_end(body) -> None:
    text = f"fn f(a: i32) -> i32 {{ {body} }}"
    flat, structured = build(text), build(text, structured=True)
    assert operations(structured).count("func.return") == 1
    for a in range(-1, 4):
        assert ir.run(flat, "f", a) == ir.run(structured, "f", a)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("while a > 0 { return 1; } return 2;", "it leaves a loop"),
        ("for i in 0..a { if i == 1 { return 1; } } return 2;", "it leaves a loop"),
        ("if a > 0 { if a > 1 { return 1; } } return 2;",
         "one branch of its `if` must always return"),
        ("if a == 0 { return 1; } " * 300 + "return 2;", "too many nest in each other"),
    ],
)  # fmt: skip
def test_a_return_without_a_structured_form(body, why) -> None:
    text = f"fn f(a: i32) -> i32 {{ {body} }}"
    build(text)
    with pytest.raises(Diagnostic) as caught:
        build(text, structured=True)
    assert caught.value.message == "this `return` has no structured form"
    assert caught.value.notes[0].message == why
    assert text[slice(*caught.value.span)] == "return 1;"


# --- the real MLIR ----------------------------------------------------------------------------


def all_forms() -> Iterator[Any]:
    for path in EXAMPLES:
        for form, options in FORMS.items():
            try:
                module = build(Source(path.read_text(), path.name), **options)
            except Diagnostic:
                # newton returns from inside a loop.
                assert (path.stem, form) == ("newton", "structured")
                continue
            text = str(module)
            if "memref<tensor" in text:  # in slots form only; MLIR has no such thing
                assert form == "slots"
                continue
            yield pytest.param(text, id=f"{path.stem}-{form}")


@pytest.mark.parametrize("text", all_forms())
def test_mlir_accepts_the_examples(text) -> None:
    mlir = pytest.importorskip("torch_mlir.ir")
    with mlir.Context():
        assert mlir.Module.parse(text).operation.verify()


@pytest.mark.parametrize("text", all_forms())
def test_tern_verifies_and_reads_back_the_examples(text) -> None:
    module = ir.parse(text)
    ir.verify(module)
    assert str(module) == text


OPERATIONS = """
fn operators(a: i32, b: i64, c: f32, d: f64, e: bool) -> bool {
    let p = -a + a * a - a / 3 % 2;
    let q = -c + c * c - c / 3.0 % 2.0;
    let r = a == 1 or a != 1 or a < 1 or a <= 1 or a > 1 or a >= 1;
    let s = c == 1 or c != 1 or c < 1 or c <= 1 or c > 1 or c >= 1;
    let t = f32(a) + f32(b) + f32(d) + f32(e) + c;
    let u = i64(a) + i64(c) + i64(d) + i64(e) + b;
    let v = i32(b) + i32(c) + i32(d) + i32(e) + a;
    let w = f64(a) + f64(b) + f64(c) + f64(e) + d;
    let x = exp(c) + log(c) + sqrt(c) + tanh(c) + sin(c) + cos(c) + erf(c) + abs(c);
    let y = abs(a) + max(a, 1) - min(a, 2);
    let z = exp(d) + max(d, 1) - min(d, 2);
    return not (e and r) or s and e == true;
}
fn tensors(a: i32[n, m], c: f32[n, 1, m], e: bool[n, m], s: i64[2, 3]) -> f32[n, n, m] {
    let p = -a + a * 2 - a / 3 % 2;
    let q = a == 1 or not (a < 1) and e;
    let r = sum(a) + max(a) - min(a) + sum(i32(e));
    let t = sum(a, axis=0) + max(a, axis=0) - min(a, axis=-2);
    let u = mean(c, axis=0) + mean(c, axis=1) * mean(c, axis=2) - mean(c);
    let v = s @ transpose(s) + sum(s, axis=1);
    return c + f32(a) + f32(e);
}
"""


@pytest.mark.parametrize("form", FORMS)
def test_mlir_accepts_every_operation(form) -> None:
    module = build(OPERATIONS, **FORMS[form])
    ir.verify(module)
    mlir = pytest.importorskip("torch_mlir.ir")
    with mlir.Context():
        assert mlir.Module.parse(str(module)).operation.verify()


# --- values -----------------------------------------------------------------------------------


def both_forms(name: str) -> list[Operation]:
    source = example(name)
    forms = [build(source), build(source, slots=True)]
    try:
        forms.append(build(source, structured=True))
    except Diagnostic:
        pass
    return forms


def results(name, function, *arguments) -> Any:
    found = [ir.run(form, function, *arguments) for form in both_forms(name)]
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])
    return found[0]


def test_scalar_examples() -> None:
    assert results("power", "power", 3.0, 5) == 243.0
    assert results("power", "power", 3.0, 0) == 1.0
    assert results("gcd", "gcd", 84, -36) == 12
    assert not results("gcd", "coprime", 84, 36)
    assert results("collatz", "collatz", 27) == 111
    assert results("collatz", "longest", 30) == 27
    assert results("primes", "primes_below", 50) == 15
    assert results("primes", "divides", 0, 5) == 0
    assert results("newton", "newton", 2.0) == pytest.approx(math.sqrt(2))
    assert results("newton", "newton", -1.0) == -1.0


def random_tensors(*shapes) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def close(found, expected) -> None:
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)
    assert np.shape(found) == np.shape(expected)


def softmax(x) -> np.ndarray:
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


@pytest.mark.parametrize(("n", "m"), [(3, 5), (1, 4), (4, 1), (1, 1), (2, 7)])
def test_tensor_examples(n, m) -> None:
    x, scale, shift, y = random_tensors((n, m), (m,), (m,), (n, 1))
    close(results("softmax", "softmax", x), softmax(x))
    centered = x - x.mean(1, keepdims=True)
    variance = (centered**2).mean(1, keepdims=True)
    close(
        results("layer_norm", "layer_norm", x, scale, shift),
        centered / np.sqrt(variance + 1e-5) * scale + shift,
    )
    difference = y - scale
    close(results("distances", "distances", y, scale), difference**2)
    close(
        results("distances", "share_near", y, scale, 0.5),
        np.float32((difference**2 < 0.25).mean()),
    )
    weights, bias = random_tensors((m, 3), (3,))
    close(results("dense", "dense", x, weights, bias), np.maximum(x @ weights + bias, 0))
    q, k, v = random_tensors((n, 4), (m, 4), (m, 2))
    close(results("attention", "attention", q, k, v, 0.5), softmax(q @ k.T * 0.5) @ v)
    b, start = random_tensors((n, 1), (m, 1))
    expected = start
    for _ in range(3):
        expected = expected - np.float32(0.01) * (x.T @ (x @ expected - b))
    close(results("descent", "descent", x, b, start, 3, 0.01), expected)
    close(results("descent", "loss", x, b, start), np.mean((x @ start - b) ** 2))


def test_a_network_of_known_sizes() -> None:
    x, w1, b1, w2, b2 = random_tensors((5, 8), (8, 16), (16,), (16, 4), (4,))
    expected = np.maximum(np.maximum(x @ w1 + b1, 0) @ w2 + b2, 0)
    close(results("dense", "network", x, w1, b1, w2, b2), expected)


def value(text: str, **arguments) -> Any:
    """The value of an expression over the parameters i: i32, l: i64, d: f64 and so on."""
    types = {"i": "i32", "l": "i64", "x": "f32", "d": "f64", "b": "bool", "t": "i32[n, m]"}
    result = text.partition(" -> ")[2]
    text = text.partition(" -> ")[0]
    parameters = ", ".join(f"{name}: {types[name]}" for name in arguments)
    module = build(f"fn f({parameters}) -> {result} {{ return {text}; }}")
    return ir.run(module, "f", *arguments.values())


def test_arithmetic_is_that_of_the_machine() -> None:
    assert value("i / 2 -> i32", i=-7) == -3
    assert value("i % 2 -> i32", i=-7) == -1
    assert value("i + 1 -> i32", i=2**31 - 1) == -(2**31)
    assert value("i * i -> i32", i=2**16) == 0
    assert value("l + 1 -> i64", l=2**31 - 1) == 2**31
    assert value("i32(l) -> i32", l=2**32 + 5) == 5
    assert value("i64(i) -> i64", i=-1) == -1
    assert value("i32(b) -> i32", b=True) == 1
    assert value("f32(b) -> f32", b=False) == 0.0
    assert value("i32(x) -> i32", x=-2.75) == -2
    assert value("x % 2.0 -> f32", x=-5.5) == -1.5
    assert value("f64(0.1) + d -> f64", d=0.0) == 0.1
    assert value("f64(x) -> f64", x=0.1) == float(np.float32(0.1))
    assert value("-i -> i32", i=-(2**31)) == -(2**31)
    assert value("-x -> f32", x=0.0) == 0.0 and math.copysign(1, value("-x -> f32", x=0.0)) < 0


def test_a_nan_is_equal_to_nothing() -> None:
    for text in ("x == x", "x < x", "x <= x", "x > x", "x >= x"):
        assert not value(f"{text} -> bool", x=math.nan)
    assert value("x != x -> bool", x=math.nan)
    assert math.isnan(value("max(x, 1) -> f32", x=math.nan))


def test_reductions_of_integers() -> None:
    t = np.array([[3, -4], [5, 6], [-9, 1]], np.int32)
    assert value("sum(t) -> i32", t=t) == 2
    assert value("max(t) -> i32", t=t) == 6
    assert value("min(t) -> i32", t=t) == -9
    np.testing.assert_array_equal(value("max(t, axis=1) -> i32[n, 1]", t=t), [[3], [6], [1]])
    np.testing.assert_array_equal(value("sum(t, axis=-2) -> i32[1, m]", t=t), [[-1, 3]])
    assert value("mean(f64(t)) -> f64", t=t) == pytest.approx(t.mean())


def test_the_empty_tensor() -> None:
    empty = np.zeros((0, 3), np.int32)
    assert value("sum(t) -> i32", t=empty) == 0
    assert value("max(t) -> i32", t=empty) == -(2**31)
    assert np.shape(value("t + 1 -> i32[n, m]", t=empty)) == (0, 3)


# --- deep and large programs ------------------------------------------------------------------

DEEP = {
    "parentheses": "return a + {'(' * 190}a{')' * 190};",
    "minus": "return {'-' * 190}a;",
    "chain": "return {' + '.join('a' * 190)};",
    "right": "return {'a - (' * 95}a{')' * 95};",
    "calls": "return {'abs(' * 60}a{')' * 60};",
    "own calls": "return {'f(' * 60}a{')' * 60};",
    "ands": "if {'1 / a > 0 and (' * 95}true{')' * 95} {{ }} return a;",
    "ifs": "{'if a > 0 { a = a - 1; ' * 95}{'}' * 95} return a;",
    "else ifs": "{'if a > 0 { a = 1; } else ' * 95}{{ a = 2; }} return a;",
    "early returns": "{'if a > 0 { return 1; } ' * 64} return a;",
    "else returns": "{'if a > 0 { return 1; } else ' * 60} {{ return 2; }}",
    "whiles": "{'while a > 0 { a = a - 1; ' * 95}{'}' * 95} return a;",
    "fors": "{'for i in 0..a { a = a - 1; ' * 95}{'}' * 95} return a;",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", DEEP)
def test_what_parses_builds_however_deep(shape, form) -> None:
    body = eval(f'f"""{DEEP[shape]}"""')
    module = build(f"fn f(a: i32) -> i32 {{ {body} }}", **FORMS[form])
    ir.verify(module)
    assert str(ir.parse(str(module))) == str(module)
