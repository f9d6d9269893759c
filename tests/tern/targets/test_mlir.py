"""MLIR as a target: the text, the stages, and what the real thing computes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.build import build
from tern.errors import EmitError
from tern.ir import (
    EvaluationError,
    Operation,
    function,
    functions,
    parse,
    public_functions,
    run,
    verify,
)
from tern.ir.arrays import dtype_of
from tern.ir.loops import run_loops
from tern.lower import LoweringError, lower_source, lower_to_loops
from tern.passes import optimize
from tern.passes.fast_math import permit
from tern.passes.for_machine import for_machine
from tern.targets import beside
from tern.targets.beside import Beside
from tern.targets.interface import target
from tern.targets.mlir import PIPELINES, in_source, mlir_text, stages, to_linalg
from tern.targets.mlir.to_linalg import is_elementwise
from tern.targets.named import named
from tern.text import Source, Span
from tern.types import TensorType, f16, f64
from tests.tern.loop_programs import arguments, programs, sizes
from tests.tern.loop_programs import same as alike
from tests.tern.tensor_programs import ELEMENTS, OPERATIONS, close, tensor_programs
from tests.turns import tries

EXAMPLES = sorted((Path(tern.__file__).parent / "examples").glob("*.tern"))
LARGE = {"minilm", "resnet18"}  # of which the small functions are run
here = pytest.mark.skipif(
    find_spec("torch_mlir") is None,
    reason="needs the package torch-mlir, which has the real MLIR",
)


def source_of(name: str) -> Source:
    path = next(path for path in EXAMPLES if path.stem == name)
    return Source(path.read_text(), path.name, brackets=True)


def several(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


def same(found: Any, expected: Any) -> bool:
    """To the bit, any NaN as good as another."""
    pairs = zip(several(found), several(expected), strict=True)
    return all(
        np.array_equal(np.asarray(a), np.asarray(b), equal_nan=np.asarray(b).dtype.kind in "fc")
        and np.asarray(a).dtype == np.asarray(b).dtype
        for a, b in pairs
    )


# linalg -----------------------------------------------------------------------------------------

SOFTMAX = """\
#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d0)>
module {
  func.func @softmax(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
    %c0 = arith.constant 0 : index
    %n = tensor.dim %x, %c0 : tensor<?x?xf32>
    %c1 = arith.constant 1 : index
    %m = tensor.dim %x, %c1 : tensor<?x?xf32>
    %cst = arith.constant 0xFF800000 : f32
    %0 = tensor.empty(%n) : tensor<?xf32>
    %1 = linalg.fill ins(%cst : f32) outs(%0 : tensor<?xf32>) -> tensor<?xf32>
    %2 = linalg.reduce { arith.maximumf } ins(%x : tensor<?x?xf32>) outs(%1 : tensor<?xf32>) \
dimensions = [1]
    %3 = tensor.empty(%n, %m) : tensor<?x?xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", \
"parallel"]} ins(%x, %2 : tensor<?x?xf32>, tensor<?xf32>) outs(%3 : tensor<?x?xf32>) {
    ^bb0(%in: f32, %in_0: f32, %out: f32):
      %8 = arith.subf %in, %in_0 : f32
      linalg.yield %8 : f32
    } -> tensor<?x?xf32>
    %e = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} \
ins(%4 : tensor<?x?xf32>) outs(%3 : tensor<?x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %9 = math.exp %in : f32
      linalg.yield %9 : f32
    } -> tensor<?x?xf32>
"""


def test_the_text() -> None:
    """A broadcast is a map, names are the program's, and each operation has a place to go to."""
    text = mlir_text(*functions(named(source_of("softmax"), optimize)))
    assert text.startswith(SOFTMAX)
    assert text.count("linalg.generic") == 3 and "broadcast" not in text


def test_locations() -> None:
    source = source_of("softmax")
    (func,) = functions(named(source, optimize))
    text = mlir_text(func, locate=in_source(source))
    (line,) = [line for line in text.splitlines() if "math.exp" in line]
    assert line.endswith('math.exp %in : f32 loc("softmax.tern":3:13)')
    without = re.sub(r" loc\([^)]*\)", "", text)
    assert without == mlir_text(func)


def test_names_that_are_taken() -> None:
    """A value has the program's name; another that would have it gets a number to it."""
    source = "fn f(out: f32[n], n_0: f32) -> f32[n] { let e = out * n_0; return e + e; }"
    text = mlir_text(*functions(named(source)))
    assert re.search(r"func @f\(%out: tensor<\?xf32>, %n_0: f32\)", text)
    assert "^bb0(%in: f32, %in_0: f32, %out_0: f32):" in text and "%e = linalg.generic" in text
    verify(parse(text))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_nothing_on_whole_tensors_is_left_but_linalg(path) -> None:
    module = build(path.read_text())
    before, linalg = str(module), to_linalg(module)
    verify(linalg)
    left = {op.name for op in linalg.walk() if is_elementwise(op)}
    assert not left and "tensor.splat" not in str(linalg)
    assert str(module) == before
    assert str(parse(str(linalg))) == str(linalg)


@settings(max_examples=tries(50, long=2000), deadline=None)
@given(data=st.data())
def test_linalg_means_the_same(data) -> None:
    program = data.draw(tensor_programs(data.draw(st.sampled_from(ELEMENTS)), 5))
    linalg = to_linalg(program.module)
    verify(linalg)
    want = run(program.module, "f", *program.arguments)
    assert same(run(linalg, "f", *program.arguments), want)


ONES = """func.func @f(%a: tensor<?x3xf32>, %s: f32, %i: index) -> tensor<?x3xf32> {
    %0 = tensor.empty(%i) : tensor<?xf32>
    %1 = linalg.fill ins(%s : f32) outs(%0 : tensor<?xf32>) -> tensor<?xf32>
    %2 = tensor.expand_shape %1 [[0, 1]] output_shape [%i, 1] : tensor<?xf32> into tensor<?x1xf32>
    %3 = tensor.collapse_shape %2 [[0, 1]] : tensor<?x1xf32> into tensor<?xf32>
    %4 = tensor.empty(%i) : tensor<?x3xf32>
    %5 = linalg.broadcast ins(%3 : tensor<?xf32>) outs(%4 : tensor<?x3xf32>) dimensions = [1]
    %6 = tensor.empty(%i) : tensor<3x?xf32>
    %7 = linalg.transpose ins(%a : tensor<?x3xf32>) outs(%6 : tensor<3x?xf32>) permutation = [1, 0]
    %8 = linalg.transpose ins(%7 : tensor<3x?xf32>) outs(%4 : tensor<?x3xf32>) permutation = [1, 0]
    %9 = arith.addf %8, %5 : tensor<?x3xf32>
    return %9 : tensor<?x3xf32>
}"""


def test_what_only_rearranges_is_in_the_maps() -> None:
    linalg = to_linalg(parse(ONES))
    ops = [op.name for op in functions(linalg)[0].body.only_block.operations]
    assert ops == ["tensor.empty", "linalg.generic", "func.return"]
    a = np.arange(6, dtype="f4").reshape(2, 3)
    assert same(run(linalg, "f", a, 0.5, 2), a + np.float32(0.5))


# what MLIR says ---------------------------------------------------------------------------------


@here
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_real_parser_and_verifier_accept_it(path) -> None:
    from torch_mlir import ir

    source = Source(path.read_text(), path.name, brackets=True)
    funcs = public_functions(named(source, optimize))
    with ir.Context():
        for text in (mlir_text(*funcs), mlir_text(*funcs, locate=in_source(source))):
            module = ir.Module.parse(text)
            assert module.operation.verify()
            assert len(module.body.operations) >= len(funcs)


@here
def test_the_stages() -> None:
    """Each has a dialect less; names stay as long as their values do."""
    (func,) = functions(named(source_of("softmax"), optimize))
    found = stages(func)
    assert list(found) == [stage.name for stage in PIPELINES["tensors"]]
    assert found["linalg"] == mlir_text(func)
    gone = {"bufferized": "tensor", "loops": "linalg.", "cf": "scf.", "llvm": "memref"}
    assert not [(name, word) for name, word in gone.items() if word in found[name]]
    assert "func.func @softmax(%x: memref<?x?xf32>)" in found["bufferized"]
    assert "%n = memref.dim %x" in found["loops"] and "llvm.func @softmax(%x:" in found["llvm"]
    assert all(stage.decides.endswith(".") for line in PIPELINES.values() for stage in line)


@here
@pytest.mark.parametrize("kind", ["loops", "tensors"])
def test_what_is_allocated_is_freed_but_for_the_result(kind) -> None:
    if kind == "loops":
        (func,) = functions(lower_source(source_of("softmax")))
    else:
        (func,) = functions(named(source_of("softmax")))
    text = stages(func)["cf"]
    returned = kind == "tensors"
    assert text.count("memref.alloc(") - text.count("memref.dealloc") == returned
    assert text.count("memref.alloc(") > returned


# what it computes -------------------------------------------------------------------------------


def compiled(func: Operation, level: int = 0) -> Any:
    from tern.targets.mlir import compile_mlir

    return compile_mlir(func, level=level)


def drawn(type: Any, names: dict[str, int], rng: Any) -> Any:
    """An argument of small whole numbers: sums of them are the same in any order."""
    if not isinstance(type, TensorType):
        return float(rng.integers(1, 4)) if type in (f64, f16) else int(rng.integers(1, 8))
    shape = [names.setdefault(s, 2 + len(names)) if isinstance(s, str) else s for s in type.shape]
    return rng.integers(-2, 3, shape).astype(dtype_of(type.element))


def elements(func: Operation) -> int:
    shapes = [getattr(type, "shape", ()) for type in func.attributes["function_type"].inputs]
    return sum(int(np.prod([s if isinstance(s, int) else 2 for s in shape])) for shape in shapes)


@here
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example(path) -> None:
    """As the interpreter of loops to the bit, which sums up in the same order; where there are no
    loops, as that of tensors."""
    module, rng = build(path.read_text()), np.random.default_rng(1)
    for func in public_functions(module):
        if path.stem in LARGE and elements(func) > 4_000:
            continue
        name, type = func.attributes["sym_name"], func.attributes["function_type"]
        names: dict[str, int] = {}
        given = [drawn(each, names, rng) for each in type.inputs]
        want = several(run(module, name, *given))
        found = several(compiled(func)(*given))
        try:
            loops = function(lower_to_loops(module, [name]), name)
        except LoweringError:
            if any(isinstance(each, TensorType) for each in type.results):
                assert all(np.allclose(a, b, rtol=1e-5) for a, b in zip(found, want, strict=True))
            else:
                assert same(found, want)
            continue
        outs = [
            np.empty(np.shape(each), dtype_of(getattr(t, "element", t)))
            for each, t in zip(want, type.results)
        ]
        run_loops(loops, [*given, *outs])
        arrays = tuple(np.asarray(each, out.dtype) for each, out in zip(found, outs, strict=True))
        exact = not any(op.name in ("math.erf", "math.rsqrt") for op in loops.walk())
        assert all(map(same if exact else close, arrays, outs)), name


@here
@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=tries(5, long=200), deadline=None)
@given(data=st.data())
def test_each_operation_on_tensors(operation, data) -> None:
    program = data.draw(tensor_programs(data.draw(st.sampled_from(ELEMENTS)), 2, operation))
    given = [value.copy() if np.ndim(value) else value for value in program.arguments]
    want = several(run(program.module, "f", *program.arguments))
    found = several(compiled(functions(program.module)[0])(*given))
    assert all(close(a, b) for a, b in zip(found, want, strict=True))
    assert same(tuple(given), tuple(program.arguments)), "an argument is written to"


@here
@settings(max_examples=tries(6, long=300), deadline=None)
@given(data=st.data())
def test_loops(data) -> None:
    """tern's own loops, arranged for a machine or not, with vectors too."""
    source, shape = data.draw(programs(operations=4))
    module = lower_source(source)
    if data.draw(st.booleans()):
        from tern.cost import AVX2

        permit(module, "contract")
        for_machine(module, AVX2)
    (func,) = functions(module)
    names = data.draw(sizes)
    values = arguments(names, data.draw(st.integers(0, 99)))
    outs = [np.full([names.get(s, s) for s in shape], np.nan, "f4") for _ in range(2)]
    run_loops(func, [*values, outs[0]])
    compiled(func)(*values, outs[1])
    assert alike(outs[1], outs[0])


@here
def test_arrays_of_any_layout() -> None:
    source = "fn f(x: f32[n, m], y: f32[n, m]) -> f32[n, m] { return x + y * y; }"
    module = build(source)
    rows = np.arange(24, dtype="f4").reshape(4, 6)
    want = run(module, "f", rows.T, rows[::-1].T)
    assert same(compiled(function(module, "f"))(rows.T, rows[::-1].T), want)
    out = np.zeros((4, 6), "f4").T
    compiled(functions(lower_source(source))[0])(rows.T, rows[::-1].T, out)
    assert same(out, want)
    square = np.arange(9, dtype="f4").reshape(3, 3)
    loops = functions(lower_source("fn f(x: f32[n, n]) -> f32[n, n] { return transpose(x); }"))[0]
    compiled(loops)(square, square)  # they overlap: read first, and then written
    assert same(square, np.arange(9, dtype="f4").reshape(3, 3).T)


@here
def test_results_are_the_callers_own() -> None:
    """One that is an argument, and two that are one value, are copies."""
    shape = "tensor<3xf32>"
    text = f"""func.func @f(%a: {shape}) -> ({shape}, {shape}, tensor<0x2xi64>, f16) {{
        %0 = tensor.empty() : tensor<0x2xi64>
        %1 = arith.constant 1.5 : f16
        return %a, %a, %0, %1 : {shape}, {shape}, tensor<0x2xi64>, f16
    }}"""
    a = np.arange(3, dtype="f4")
    first, second, none, number = compiled(functions(parse(text))[0])(a)
    first += 1
    second += 2
    assert a.tolist() == [0, 1, 2] and first.tolist() == [1, 2, 3] and second.tolist() == [2, 3, 4]
    assert none.shape == (0, 2) and none.dtype == np.int64 and number == 1.5


@here
def test_what_is_wrong_with_arguments() -> None:
    call = compiled(build_one("fn f(x: f32[n], y: f32[n], i: i8) -> f32[n] { return x + y; }"))
    x = np.ones(3, "f4")
    for args, error in [
        ((x, np.ones(2, "f4"), 1), ValueError),
        ((x, x.astype("f8"), 1), TypeError),
        ((x, x, 200), OverflowError),
        ((x, x), TypeError),
    ]:
        with pytest.raises(error):
            call(*args)


def build_one(source: str) -> Operation:
    return functions(build(source))[0]


FAILS = {
    "integer division by zero": ("fn f(a: i32[n], b: i32[n]) -> i32[n] { return a / b; }", 0),
    "-2147483648 / -1 does not fit an i32": (
        "fn f(a: i32[n], b: i32[n]) -> i32[n] { return a % b; }", -1,
    ),
}  # fmt: skip


@here
@pytest.mark.parametrize("message", FAILS)
def test_where_there_is_no_result_an_error_says_so(message) -> None:
    """At the place of the operation, and of the first that fails; the next call is a new one."""
    source, by = FAILS[message]
    func = build_one(source)
    call = compiled(func)
    numbers = np.array([7, -(2**31), 5], "i4")
    with pytest.raises(EvaluationError, match=message) as caught:
        call(numbers, np.array([2, by, by], "i4"))
    location = caught.value.location
    assert isinstance(location, Span) and source[location.start : location.end][:1] == "a"
    assert same(call(numbers, np.full(3, 2, "i4")), run_it(func, numbers, np.full(3, 2, "i4")))


def run_it(func: Operation, *args: Any) -> Any:
    return run(func.parent_op, func.attributes["sym_name"], *args)  # type: ignore[arg-type]


@here
def test_a_subscript_outside_of_a_table() -> None:
    source = "fn f(t: f32[n, m], i: i32[k]) -> f32[k, m] { return take(t, i); }"
    func = build_one(source)
    table = np.arange(6, dtype="f4").reshape(3, 2)
    call = compiled(func)
    good = np.array([2, 0], "i4")
    assert same(call(table, good), run_it(func, table, good))
    for index in (3, -1, 2**31 - 1):
        with pytest.raises(EvaluationError, match=f"at {index} along an axis of 3"):
            call(table, np.array([0, index], "i4"))


@here
def test_a_result_that_nobody_uses_may_fail_all_the_same() -> None:
    text = """func.func @f(%a: i32, %b: i32) -> i32 {
        %0 = arith.divui %a, %b : i32
        return %a : i32
    }"""
    call = compiled(functions(parse(text))[0], level=3)
    assert call(1, 2) == 1
    with pytest.raises(EvaluationError, match="division by zero"):
        call(1, 0)


@here
@settings(max_examples=tries(200, long=5000), deadline=None)
@given(st.floats(), st.sampled_from(["f16", "bf16"]))
def test_doubles_are_rounded_once(value, narrow) -> None:
    text = f"func.func @f(%a: f64) -> {narrow} {{\n%0 = arith.truncf %a : f64 to {narrow}\n"
    module = parse(f"{text}return %0 : {narrow}\n}}")
    if narrow not in _narrowing:
        _narrowing[narrow] = compiled(functions(module)[0])
    found, want = _narrowing[narrow](value), run(module, "f", value)
    assert found == want or found != found and want != want


_narrowing: dict[str, Any] = {}


# what has no form -------------------------------------------------------------------------------


def test_what_has_no_form_is_said_in_a_line() -> None:
    module = build("fn f(x: f32[n]) -> f32[n] { x = x + x; return x; }", slots=True)
    error = target("mlir").why_not(functions(module)[0])
    assert isinstance(error, EmitError) and isinstance(error.location, Span)
    assert str(error).startswith("memref.alloca of memref<tensor<{n}xf32>> has no form in MLIR")
    with pytest.raises(EmitError, match="@f has no body"):
        mlir_text(parse("func.func private @f(i32) -> i32").body.only_block.operations[0])


def test_without_the_package_there_is_one_clear_line(tmp_path) -> None:
    """And the text is written all the same."""
    (tmp_path / "torch_mlir.py").write_text("raise ImportError('it is broken')\n")
    code = (
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'torch_mlir' else find(name, *more)\n"
        "import sys; from tern.__main__ main\n".replace("__ main", "__ import main")
        + "sys.exit(main(sys.argv[1:]))"
    )
    path = str(EXAMPLES[0].parent / "gcd.tern")
    for asked, words in [
        (["--emit", "mlir"], ""),
        (["--emit", "llvm-dialect"], "tern: --emit llvm-dialect: MLIR needs the package"),
        (["--target", "mlir", "--run", "gcd", "4", "6"], "tern: --target mlir: MLIR needs the pac"),
    ]:
        done = subprocess.run(
            [sys.executable, "-c", code, path, *asked],
            capture_output=True,
            text=True,
            env={**os.environ},
        )
        assert done.stderr.startswith(words) and done.stderr.count("\n") == bool(words)
        assert done.returncode == (2 if words else 0), done.stderr


# MLIR, which may crash or never end -------------------------------------------------------------


@pytest.fixture
def a_child_that(monkeypatch, tmp_path) -> Any:
    """The process that lowers, in a stage of which something else happens."""
    from tern.targets.mlir import apart

    def does(code: str) -> None:
        (tmp_path / "sitecustomize.py").write_text(
            "import sys\n"
            "if 'tern.targets.mlir.child' in sys.orig_argv:\n"
            "    import os, signal, time\n"
            "    import tern.targets.mlir.lowering as stages\n"
            "    run = stages.run_passes\n"
            "    def planted(module, passes):\n"
            "        if 'planted' in passes:\n"
            f"            {code}\n"
            "        run(module, passes)\n"
            "    stages.run_passes = planted\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setattr(apart, "PROCESS", Beside("tern.targets.mlir.child"))

    yield does
    apart.PROCESS.end()


TRIVIAL = "func.func @f() { return }"


@here
def test_a_crash_is_one_clear_line_and_the_next_request_is_served(a_child_that) -> None:
    from tern.targets.mlir import MlirError, lowered

    a_child_that("os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(MlirError) as caught:
        lowered(TRIVIAL, [("first", "canonicalize"), ("second", "planted")])
    assert str(caught.value) == "MLIR did not survive it: SIGSEGV (on the way to second)"
    assert "func.func @f()" in lowered(TRIVIAL, [("first", "canonicalize")])[0]


@here
def test_what_never_ends_is_ended(a_child_that) -> None:
    from tern.targets.mlir import MlirError, lowered

    a_child_that("time.sleep(60)")
    lowered(TRIVIAL, [])  # the process is there
    with pytest.raises(MlirError) as caught:
        lowered(TRIVIAL, [("second", "planted")], seconds=0.3)
    assert str(caught.value) == "MLIR was still at work after 0.3 s (on the way to second)"
    assert "func.func @f()" in lowered(TRIVIAL, [("first", "cse")])[0]


@here
def test_where_no_process_can_be_started_it_is_done_here(monkeypatch) -> None:
    """As in a process that has given up its rights."""
    from tern.targets.mlir import apart, lowered

    def refused(*args: Any, **options: Any) -> None:
        raise PermissionError("subprocess.Popen is not available")

    monkeypatch.setattr(apart, "PROCESS", Beside("tern.targets.mlir.child"))
    monkeypatch.setattr(beside.subprocess, "Popen", refused)
    assert "func.func @f()" in lowered(TRIVIAL, [("first", "canonicalize")])[0]


@here
def test_a_fork_has_a_process_of_its_own() -> None:
    from tern.targets.mlir import apart, lowered

    before, monkey = apart.PROCESS.number(), os.getpid
    try:
        os.getpid = lambda: monkey() + 1  # as in a fork
        assert "@f" in lowered(TRIVIAL, [("first", "cse")])[0]
        assert apart.PROCESS.number() == before + 1
        apart.PROCESS.end()
    finally:
        os.getpid = monkey
    assert "@f" in lowered(TRIVIAL, [("first", "cse")])[0]


@here
def test_what_mlir_refuses_is_told_with_its_place() -> None:
    from tern.targets.mlir import MlirError, lowered

    wrong = 'func.func @f(%a: i32) -> i64 {\n  return %a : i32 loc("x.tern":3:7)\n}'
    with pytest.raises(MlirError, match="doesn't match function result type") as caught:
        lowered(wrong, [])
    assert caught.value.place == '"x.tern":3:7'
    with pytest.raises(MlirError, match="MLIR knows no such passes: .*convert-nothing"):
        lowered(TRIVIAL, [("first", "convert-nothing")])
    module = parse("""func.func @f(%a: tensor<4xf32>, %c: i1) -> tensor<4xf32> {
        %0 = tensor.cast %a : tensor<4xf32> to tensor<?xf32>
        %1 = tensor.cast %0 : tensor<?xf32> to tensor<4xf32>
        return %1 : tensor<4xf32>
    }""")
    assert same(compiled(functions(module)[0])(np.ones(4, "f4"), True), np.ones(4, "f4"))


# the command line -------------------------------------------------------------------------------


def test_the_command_line(capsys) -> None:
    from tests.tern.test_cli import run as command

    path = str(next(path for path in EXAMPLES if path.stem == "softmax"))
    status, out, err = command(capsys, path, "--emit", "mlir")
    assert (status, err) == (0, "") and out.startswith(SOFTMAX)
    status, out, err = command(capsys, path, "--emit", "mlir", "--locations")
    assert (status, err) == (0, "") and f'math.exp %in : f32 loc("{path}":3:13)' in out
    status, out, err = command(capsys, path, "--emit", "ir", "--locations")
    assert status == 2 and "--locations goes with --emit mlir" in err


@here
def test_the_command_line_with_mlir(capsys) -> None:
    from tests.tern.test_cli import run as command

    path = str(next(path for path in EXAMPLES if path.stem == "gcd"))
    status, out, err = command(capsys, path, "--emit", "llvm-dialect")
    assert (status, err) == (0, "") and "llvm.func @gcd(%a: i32, %b: i32) -> i32" in out
    assert command(capsys, path, "--target", "mlir", "--run", "gcd", "12", "18")[:2] == (0, "6\n")
    least = str(-(2**31))
    status, out, err = command(capsys, path, "--target", "mlir", "--run", "gcd", least, "-1")
    assert status == 1 and err.startswith(f"{path}:4:20: error: -2147483648 / -1 does not fit")
