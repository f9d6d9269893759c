"""Whatever the text, the front end gives a value or a Diagnostic, and its forms agree."""

import ctypes
import math
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tern import ir
from tern.build import build
from tern.check import check
from tern.text import Diagnostic, parse, show, tokenize
from tern.text.diagnostics import whole_language
from tests.tern.random_programs import EXAMPLES, any_text, correct_program
from tests.turns import tries

BULK = tries(1_000, long=10_000)


def front_end(text: str) -> str:
    """How far a text gets. Anything raised that is no Diagnostic fails the test."""
    stage = "tokenize"
    try:
        tokens = tokenize(text)
        assert_covers(text, tokens)
        stage = "parse"
        module = parse(text)
        stage = "check"
        check(module)
        stage = "build"
        build(module)
        return "built"
    except Diagnostic as error:
        for one in error.errors:
            assert 0 <= one.span.start <= one.span.end <= len(text)
            assert one.message in str(error)
        return stage


def assert_covers(text, tokens) -> None:
    """Tokens and the gaps between them are the text, and a gap is blank or a comment."""
    position, rebuilt = 0, []
    for token in tokens:
        gap = text[position : token.span.start]
        for line in gap.split("\n"):
            assert not line.strip(" \t\r") or line.lstrip(" \t\r").startswith("//")
        rebuilt += [gap, token.text]
        position = token.span.end
    assert "".join(rebuilt) == text
    assert tokens[-1].kind == "end"


def test_thousands_of_texts() -> None:
    rng = random.Random(20_261)
    outcomes: dict[str, int] = {}
    for _ in range(BULK):
        text = any_text(rng)
        try:
            outcome = front_end(text)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} on {text!r}") from error
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    # The mixture must reach every stage, or it tests less than it says.
    assert all(outcomes.get(stage, 0) > BULK / 200 for stage in ("tokenize", "parse", "check"))
    assert outcomes["built"] > BULK / 100


@settings(max_examples=150, deadline=None)
@given(st.text() | st.text(alphabet="fnletif (){}[]<>=+-*/%@.;:,0123456789xy\n"))
def test_any_text(text) -> None:
    front_end(text)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(EXAMPLES),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 5), st.text(max_size=5)), max_size=4),
)
def test_any_damage_to_an_example(path, cuts) -> None:
    text = path.read_text()
    for position, length, new in cuts:
        text = text[:position] + new + text[position + length :]
    front_end(text)


def test_show_and_parse_are_inverse() -> None:
    for seed in range(tries(100, long=300)):
        module = parse(correct_program(seed))
        shown = show(module)
        assert parse(shown) == module
        assert show(parse(shown)) == shown
    for path in EXAMPLES:
        module = parse(whole_language(path.read_text()))
        assert parse(whole_language(show(module))) == module


ARGUMENTS = [
    (0, 0.0, False, 0),
    (3, 1.5, True, -7),
    (-5, -2.5, True, 2**40),
    (2, 1e30, False, 9),
]


def same(left, right) -> bool:
    if isinstance(left, float) and math.isnan(left):
        return math.isnan(right)
    return left == right and math.copysign(1, left) == math.copysign(1, right)


def test_all_forms_give_the_same_values() -> None:
    for seed in range(tries(60, long=250)):
        text = correct_program(seed, early_returns=False)
        forms = [build(text), build(text, slots=True), build(text, structured=True)]
        for module in forms:
            ir.verify(module)
        for arguments in ARGUMENTS:
            values = [ir.run(module, "f", *arguments) for module in forms]
            assert same(values[0], values[1]) and same(values[0], values[2]), (text, values)


def test_mlir_computes_the_same_values() -> None:
    """Every form, compiled to machine code by the real MLIR, against tern's interpreter."""
    pytest.importorskip("torch_mlir")
    for seed in range(500, 500 + tries(12, long=40)):
        text = correct_program(seed)
        result = text.partition("-> ")[2].partition(" ")[0]
        module = build(text)
        forms = [module, build(text, slots=True)]
        try:
            forms.append(build(text, structured=True))
        except Diagnostic:
            pass
        for form in forms:
            compiled = compiled_by_mlir(str(form), result)
            for arguments in ARGUMENTS:
                expected = ir.run(module, "f", *arguments)
                assert same(float(expected), float(compiled(*arguments))), (text, arguments)


PIPELINE = """builtin.module(
    convert-scf-to-cf, convert-math-to-llvm, convert-arith-to-llvm, finalize-memref-to-llvm,
    func.func(llvm-request-c-wrappers), convert-func-to-llvm, convert-cf-to-llvm,
    reconcile-unrealized-casts)"""

C_TYPES = {
    "i32": ctypes.c_int32,
    "i64": ctypes.c_int64,
    "f32": ctypes.c_float,
    "f64": ctypes.c_double,
    "bool": ctypes.c_bool,
}


def compiled_by_mlir(text: str, result: str) -> Any:
    """The function @f of a module's text, whose parameters are those of correct_program."""
    from torch_mlir import ir as mlir
    from torch_mlir.execution_engine import ExecutionEngine
    from torch_mlir.passmanager import PassManager

    with mlir.Context():
        module = mlir.Module.parse(text)
        PassManager.parse(PIPELINE).run(module.operation)
        engine = ExecutionEngine(module, opt_level=0)

    def call(*arguments):
        types = ("i32", "f32", "bool", "i64")
        values = [C_TYPES[type_](value) for type_, value in zip(types, arguments)]
        values.append(C_TYPES[result]())
        engine.invoke("f", *map(ctypes.pointer, values))
        return values[-1].value

    return call


def test_early_returns_build_and_agree() -> None:
    structured = 0
    for seed in range(1000, 1000 + tries(60, long=200)):
        text = correct_program(seed)
        flat = [build(text), build(text, slots=True)]
        try:
            flat.append(build(text, structured=True))
            structured += "return" in text[: text.rindex("return")]
        except Diagnostic:
            pass
        for arguments in ARGUMENTS:
            values = [ir.run(module, "f", *arguments) for module in flat]
            assert all(same(values[0], value) for value in values), (text, values)
    assert structured >= tries(4, long=6)
