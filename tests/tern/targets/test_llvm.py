"""Functions of scalars and of loops as LLVM IR, and as the machine code that LLVM makes of it."""

import math
import random
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.__main__ import main
from tern.build import build
from tern.conformance import cases, expected
from tern.ir import (
    Builder,
    EvaluationError,
    Operation,
    function,
    functions,
    interpret,
    new_function,
    new_module,
    parse,
)
from tern.ir.loops import run_loops
from tern.ir.samples import random_function
from tern.lower import lower_source
from tern.numbers import same
from tern.passes import fuse_all
from tern.targets.errors import EmitError
from tern.types import f32, i32
from tests.tern.loop_programs import arguments, programs, sizes
from tests.tern.loop_programs import same as alike
from tests.turns import tries

pytest.importorskip("llvmlite")

from tern.targets.llvm import compile_llvm, emit_llvm, emit_loops, llvm_text, optimized
from tern.targets.llvm.jit import parsed
from tern.targets.llvm.passes import after_each_pass, loop_remarks
from tern.targets.parameters import Layout

GCD = "fn gcd(a: i32, b: i32) -> i32 { while b != 0 { let r = a % b; a = b; b = r; } return a; }"

GCD_TEXT = """\
define i32 @gcd(i32 %a, i32 %b, ptr %failure) {
entry:
  br label %bb1
bb1:
  %a.2 = phi i32 [ %a, %entry ], [ %b.2, %good ]
  %b.2 = phi i32 [ %b, %entry ], [ %remsi, %good ]
  %cmp = icmp ne i32 %b.2, 0
  br i1 %cmp, label %bb2, label %bb3
bb2:
  %zero = icmp eq i32 %b.2, 0
  %least = icmp eq i32 %a.2, -2147483648
  %minus.one = icmp eq i32 %b.2, -1
  %too.large = and i1 %least, %minus.one
  %fails = or i1 %zero, %too.large
  br i1 %fails, label %fail, label %good
good:
  %remsi = srem i32 %a.2, %b.2
  br label %bb1
bb3:
  ret i32 %a.2
fail:
  store i64 7, ptr %failure
  %note = getelementptr i64, ptr %failure, i64 2
  store i32 %a.2, ptr %note
  %note.2 = getelementptr i64, ptr %failure, i64 3
  store i32 %b.2, ptr %note.2
  ret i32 poison
}
"""

MATMUL = "fn matmul(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }"


def compiled(source: str, name: str = "f", **options: Any) -> Any:
    return compile_llvm(function(build(source), name), **options)


def outcome(call: Any, *args: Any) -> Any:
    """What a function gives, as a list, or the message of its EvaluationError."""
    try:
        found = call(*args)
    except EvaluationError as error:
        return str(error)
    return list(found) if isinstance(found, (tuple, list)) else [found]


def equal(found: Any, want: Any) -> bool:
    if isinstance(found, str) or isinstance(want, str):
        return found == want
    return len(found) == len(want) and all(map(same, found, want))


# scalars --------------------------------------------------------------------------------------


def test_the_text_of_scalars() -> None:
    func = function(build(GCD), "gcd")
    assert emit_llvm(func) == GCD_TEXT


@settings(max_examples=tries(40, long=2000), deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 60), st.booleans(), st.integers(0, 3))
def test_random_scalar_programs(seed: int, size: int, slots: bool, level: int) -> None:
    """To the bit, at each level of LLVM's optimizer."""
    func = random_function(seed, size, slots=slots)
    native, rng = compile_llvm(func, level=level), random.Random(seed)
    for _ in range(3):
        args = [number(rng, arg.type) for arg in func.body.blocks[0].args]
        assert equal(outcome(native, *args), outcome(interpret, func, args))


def number(rng: random.Random, type: Any) -> Any:
    if type == i32:
        return rng.choice([rng.randint(-(2**31), 2**31 - 1), rng.randint(-5, 5)])
    if type == f32:
        return rng.choice([0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, rng.uniform(-1e3, 1e3)])
    return bool(rng.randrange(2))


EXAMPLES = {
    "power": [(2.0, 10), (1.5, -3)],
    "gcd": [(12, 18), (-(2**31), -1), (0, 0)],
    "collatz": [(27,), (1,)],
    "newton": [(2.0,), (-1.0,), (0.0,)],
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    from tests.tern.example_networks import EXAMPLES as FOLDER

    module = build((FOLDER / f"{name}.tern").read_text())
    native = compile_llvm(function(module, name))
    for args in EXAMPLES[name]:
        assert equal(outcome(native, *args), outcome(tern.ir.run, module, name, *args))


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("form", ["slots", "structured"])
def test_other_forms_of_the_examples(name: str, form: str) -> None:
    from tern.text import Diagnostic
    from tests.tern.example_networks import EXAMPLES as FOLDER

    source = (FOLDER / f"{name}.tern").read_text()
    try:
        module = build(source, **{form: True})
    except Diagnostic:
        assert (name, form) == ("newton", "structured")  # which returns from within its loop
        return
    native = compile_llvm(function(module, name))
    for args in EXAMPLES[name]:
        assert equal(outcome(native, *args), outcome(tern.ir.run, module, name, *args))


FAILING = [case for case in cases() if expected(case).failing]


@pytest.mark.parametrize("case", random.Random(5).sample(FAILING, 12), ids=str)
def test_where_there_is_no_result_the_error_is_the_interpreters(case: Any) -> None:
    """With the same words, and the location of the operation."""
    module = new_module()
    func = new_function("f", list(case.operands), [case.result])
    module.body.only_block.append(func)
    builder = Builder(func.body.blocks[0])
    op = case.operation([*func.body.blocks[0].args])
    op.location = "here"
    func.body.blocks[0].append(op)
    builder.ret([op.result])
    native = compile_llvm(func)
    for args in expected(case).failing:
        with pytest.raises(EvaluationError) as raised:
            native(*args)
        assert raised.value.location == "here"
        assert str(raised.value) == outcome(interpret, func, list(args))
    for args, want in zip(expected(case).inputs[:20], expected(case).results):
        assert same(native(*args), want)


def test_two_branches_to_one_block() -> None:
    """A phi cannot tell them apart, so that one of them goes by way of another block."""
    text = """func.func @f(%c: i1, %a: i32, %b: i32) -> i32 {
      cf.cond_br %c, ^bb1(%a : i32), ^bb1(%b : i32)
    ^bb1(%x: i32):
      return %x : i32
    }"""
    native = compile_llvm(functions(parse(text))[0])
    assert (native(True, 1, 2), native(False, 1, 2)) == (1, 2)


def test_blocks_that_nothing_reaches_are_left_out() -> None:
    text = """func.func @f(%a: i32) -> i32 {
      cf.br ^bb2(%a : i32)
    ^bb1:
      cf.br ^bb2(%a : i32)
    ^bb2(%x: i32):
      return %x : i32
    }"""
    native = compile_llvm(functions(parse(text))[0])
    assert native(7) == 7 and "bb1" not in native.source


def test_a_value_may_be_used_above_its_definition() -> None:
    """Blocks come in any order, and an index_cast between 64 bits is no instruction."""
    text = """func.func @f(%a: i64) -> index {
      cf.br ^bb2
    ^bb1:
      %y = arith.addi %x, %x : index
      return %y : index
    ^bb2:
      %x = arith.index_cast %a : i64 to index
      cf.br ^bb1
    }"""
    assert compile_llvm(functions(parse(text))[0])(21) == 42


SEVERAL = """func.func @f(%a: i32, %b: f32, %c: i1) -> (i1, f32, i32, i32) {
  %x = arith.addi %a, %a : i32
  return %c, %b, %x, %a : i1, f32, i32, i32
}"""


def test_several_results() -> None:
    native = compile_llvm(functions(parse(SEVERAL))[0])
    assert native(5, 0.5, True) == (True, 0.5, 10, 5)
    with pytest.raises(TypeError, match="takes 3 arguments, not 1"):
        native(5)
    with pytest.raises(OverflowError, match="does not fit in i32"):
        native(2**31, 0.5, True)
    with pytest.raises(TypeError, match="is not of type i1"):
        native(5, 0.5, 1)


def test_calls_too_deep_are_an_error() -> None:
    source = "fn f(n: i32) -> i32 { if n == 0 { return 0; } return 1 + f(n - 1) * 3; }"
    native = compiled(source)
    assert native(200) == tern.run(source, "f", 200)
    with pytest.raises(EvaluationError, match="calls are nested too deeply"):
        native(10**8)


@pytest.mark.parametrize("name", ["expf", "memset", "labs", "pow"])
def test_a_function_may_have_a_name_of_the_c_library(name: str) -> None:
    """LLVM would take it for that one."""
    source = f"fn {name}(x: f32) -> f32 {{ return x + 1.0; }}\n"
    source += f"fn f(x: f32) -> f32 {{ return {name}(x) * 2.0; }}"
    assert compiled(source)(1.0) == 4.0


def test_no_promises_of_ordinary_arithmetic() -> None:
    """Neither a sum that must not wrap, nor floats that may be reassociated."""
    module = build("fn f(a: i32, x: f32) -> f32 { return f32(a * a + a - 1) * x / x - x; }")
    text = llvm_text(*functions(module))
    assert not {"nsw", "nuw", "exact", "fast", "contract", "reassoc"} & set(text.split())


# loops ----------------------------------------------------------------------------------------

ROW_SUM = "fn f(x: f32[n, m]) -> f32[n, 1] { return sum(x, axis=1); }"

ROW_SUM_TEXT = """\
i.body.2:
  br label %j.test
j.test:
  %j = phi i64 [ 0, %i.body.2 ], [ %j.next, %j.body ]
  %j.more = icmp slt i64 %j, %M
  br i1 %j.more, label %j.body, label %j.end
j.body:
"""


def loops(source: str, name: str = "f") -> Operation:
    return function(lower_source(source, [name]), name)


def test_the_text_of_loops() -> None:
    text = emit_loops(loops(ROW_SUM))
    assert text.startswith("define void @f(ptr noalias %x, ptr noalias %out, i64 %N, i64 %M) {\n")
    assert ROW_SUM_TEXT in text
    parsed(llvm_text(loops(ROW_SUM)))


def test_the_optimizer_makes_vectors() -> None:
    func = loops("fn f(x: f32[n], y: f32[n]) -> f32[n] { return x * y; }")
    text = optimized(func)
    assert "x float>" in text and "vector.memcheck" not in text
    aliased = emit_loops(func, Layout(separate=False))
    assert "noalias" not in aliased


@settings(max_examples=tries(20, long=1000), deadline=None)
@given(data=st.data(), sizes=sizes, seed=st.integers(0, 9), element=st.sampled_from(["f32", "i32"]))
def test_random_programs(data, sizes, seed, element) -> None:
    source, shape = data.draw(programs(element))
    args = arguments(sizes, seed, element)
    module = lower_source(source)
    if data.draw(st.booleans()):
        fuse_all(module)
    (func,) = functions(module)
    want = np.asarray(tern.run(source, "f", *args))
    out = np.zeros([sizes.get(size, size) for size in shape], args[0].dtype)
    compile_llvm(func)(*args, out)
    assert alike(out, want)
    by_loops = np.zeros_like(out)
    run_loops(func, [*args, by_loops])
    if "tanh" not in source:  # which is the C library's
        assert out.tobytes() == by_loops.tobytes()


@pytest.mark.parametrize("cpu", ["x86-64", "x86-64-v3"])
def test_sixteen_bits_on_processors_that_cannot_convert_them(cpu: str) -> None:
    import llvmlite.binding as llvm

    if not llvm.get_default_triple().startswith("x86_64"):
        pytest.skip("these are processors of another kind")
    names = """arith.addf f16, arith.truncf f64 to bf16, arith.truncf f64 to f16,
        arith.sitofp i64 to f16, arith.cmpf ult bf16""".replace("\n        ", " ").split(", ")
    chosen = [case for case in cases() if str(case) in names]
    assert len(chosen) == 5
    for case in chosen:
        func = new_function("f", list(case.operands), [case.result])
        op = func.body.blocks[0].append(case.operation([*func.body.blocks[0].args]))
        Builder(func.body.blocks[0]).ret([op.result])
        native = compile_llvm(func, cpu=cpu)
        for args, want in zip(expected(case).inputs, expected(case).results):
            assert same(native(*args), want)


def test_what_llvm_has_no_form_for() -> None:
    text = "func.func @f(%a: memref<4xf32>) {\n^bb0:\ncf.br ^bb1\n^bb1:\nreturn\n}"
    with pytest.raises(EmitError, match="@f is not a function of loops"):
        llvm_text(functions(parse(text.replace("^bb0:\n", "")))[0])
    (func,) = functions(build("fn f(x: i32) -> i32 { return x; }"))
    func.body.blocks[0].operations.insert(0, Operation("memref.alloca"))
    with pytest.raises(EmitError, match="memref.alloca has no form in LLVM IR"):
        emit_llvm(func)


# what LLVM's passes do ------------------------------------------------------------------------


def test_what_llvm_says_of_loops() -> None:
    said = {
        text: loop_remarks(llvm_text(function(lower_source(text), "f")))
        for text in (
            "fn f(x: f32[n]) -> f32 { return sum(x); }",
            "fn f(x: f32[n]) -> f32[n] { return x * 3.0; }",
        )
    }
    in_order, side_by_side = said.values()
    assert any("safe to reorder floating-point operations" in each for each in in_order)
    assert any(each.startswith("vectorized loop") for each in side_by_side)
    with pytest.raises(ValueError):
        loop_remarks("define nothing")


def test_after_each_pass() -> None:
    func = function(build("fn f(n: i32) -> i32 { return n * 2 + n * 2; }"), "f")
    func.attributes["argument_names"] = ("n",)
    steps = after_each_pass(llvm_text(func), "f")
    assert steps[0].name == "Start" and "%mul.2 = mul i32 %n, 2" in steps[0].text
    assert "InstCombine" in [step.name for step in steps]
    assert "%add = shl i32 %n, 2" in steps[-1].text
    with pytest.raises(ValueError, match="parsing error|expected"):
        after_each_pass("define nothing", "f")


# the command line -----------------------------------------------------------------------------

PROGRAM = """\
fn ratio(a: i32, b: i32) -> i32 { return a / b; }
fn scaled(x: f32[n], s: f32) -> f32[n] { return x * s; }
fn total(x: f32[n, m]) -> f32 { return sum(x); }
fn endless(x: f32[n], k: i32) -> f32[n] { while k > 0 { x = x * 2.0; k = k - 1; } return x; }
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "program.tern"
    path.write_text(PROGRAM)
    return str(path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    return (code, *capsys.readouterr())


def test_emit(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What has no form is told with its location; the rest is printed."""
    for what in ("llvm", "opt"):
        code, out, errors = said(capsys, program, "--emit", what)
        assert code == 1 and errors.startswith(f"{program}:4:1: error: ")
        assert "@ratio(i32 %a, i32 %b, ptr " in out and "@scaled(ptr " in out
    assert "sdiv i32 %a, %b" in out


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("ratio", ["7", "-2"]),
        ("scaled", ["[1, 2.5]", "3"]),
        ("total", ["[[1, 2], [3, 4]]"]),
    ],
)
def test_run(program, function, arguments, capsys, monkeypatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    by_llvm = said(capsys, program, "--target", "llvm", "--run", function, *arguments)
    assert by_llvm == said(capsys, program, "--run", function, *arguments)
    assert by_llvm[0] == 0


def test_run_that_fails(program, capsys, monkeypatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    code, out, errors = said(capsys, program, "--target", "llvm", "--run", "ratio", "7", "0")
    assert (code, out) == (1, "")
    assert errors == f"{program}:1:42: error: integer division by zero\n"
    code, _, errors = said(capsys, program, "--target", "llvm", "--run", "endless", "[1]", "2")
    assert code == 1 and errors.startswith(f"{program}:4:1: error: ")
