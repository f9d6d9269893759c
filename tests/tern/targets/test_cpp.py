"""Functions of loops as C++, and what g++ and clang++ make of it."""

import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.__main__ import main
from tern.conformance import RUNNERS, cases, compare
from tern.conformance.runners import VectorRunner, _vectorized
from tern.cost import AVX2, AVX512, SSE2
from tern.ir import Operation, functions, parse
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes.fast_math import permit
from tern.passes.for_machine import for_machine
from tern.targets.cpp import build, compile_cpp, cpp_text
from tern.targets.errors import EmitError
from tern.targets.native_loops import NativeLoops
from tests.tern.loop_programs import arguments, programs, sizes
from tests.tern.loop_programs import same as alike
from tests.tern.passes.test_for_machine import FLAGS, KERNELS, inputs
from tests.turns import tries

MATMUL = "fn matmul(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }"
HERE = [name for name in ("g++", "clang++") if shutil.which(name)]


@pytest.fixture(params=["g++", "clang++"])
def command(request: pytest.FixtureRequest) -> str:
    if request.param not in HERE:
        pytest.skip(f"{request.param} is not here")
    return request.param


@pytest.fixture
def any_compiler() -> str:
    if not HERE:
        pytest.skip("neither g++ nor clang++ is here")
    return HERE[0]


def loops(source: str) -> Operation:
    return functions(lower_source(source))[0]


# the text -------------------------------------------------------------------------------------

MATMUL_TEXT = """\
using i64 = long long;

extern "C" void matmul(
    const float *__restrict a,
    const float *__restrict b,
    float *__restrict out,
    i64 N,
    i64 K,
    i64 M
) {
    for (i64 i = 0; i < N; ++i) {
        for (i64 j = 0; j < M; ++j) {
            out[i * M + j] = 0.0f;
        }
    }
    for (i64 i = 0; i < N; ++i) {
        for (i64 j = 0; j < M; ++j) {
            for (i64 k = 0; k < K; ++k) {
                out[i * M + j] += a[i * K + k] * b[k * M + j];
            }
        }
    }
}
"""


def test_the_text_of_loops() -> None:
    assert cpp_text(loops(MATMUL)) == MATMUL_TEXT


def test_the_text_of_vectors() -> None:
    module = lower_source("fn f(x: f32[64], y: f32[64]) -> f32[64] { return (x + 0.5) * y; }")
    for_machine(module, AVX2)
    text = cpp_text(functions(module)[0])
    assert "using f32x32 = Vector<float, 32>;" in text
    assert "store((load<f32x32>(&x[i]) + 0.5f) * load<f32x32>(&y[i]), &out[i]);" in text
    assert "#include" not in text


def test_what_has_no_form() -> None:
    halves = loops("fn f(x: f16[n]) -> f16[n] { return x + x; }")
    with pytest.raises(EmitError, match="^the type f16 has no form in C"):
        cpp_text(halves)
    text = """func.func @f(%a: memref<12xf32>) {
        %x = affine.vector_load %a[0] : memref<12xf32>, vector<12xf32>
        affine.vector_store %x, %a[0] : memref<12xf32>, vector<12xf32>
        return
    }"""
    with pytest.raises(EmitError, match="lanes are 2, 4"):
        cpp_text(functions(parse(text))[0])


@pytest.mark.parametrize("name", ["double", "load", "failure", "lower", "half"])
def test_names_that_cpp_has(name: str, any_compiler: str) -> None:
    source = f"fn {name}(x: f32[n], max: f32[n]) -> f32[n] {{ return x + max; }}"
    func = functions(lower_source(source, [name]))[0]
    out = np.zeros(3, "f4")
    compile_cpp(func)(np.ones(3, "f4"), np.ones(3, "f4"), out)
    assert out.tolist() == [2, 2, 2]


# what it computes -----------------------------------------------------------------------------


@settings(max_examples=tries(5, long=300), deadline=None)
@given(st.data(), sizes, st.integers(0, 99), st.sampled_from(["f32", "i32"]))
def test_random_programs(data: Any, sizes: Any, seed: int, element: str) -> None:
    if not HERE:
        pytest.skip("neither g++ nor clang++ is here")
    source, shape = data.draw(programs(element))
    func = loops(source)
    given = arguments(sizes, seed, element)
    outs = [np.zeros([sizes.get(n, n) for n in shape], given[0].dtype) for _ in "ab"]
    run_loops(func, [*given, outs[0]])
    compile_cpp(func)(*given, outs[1])
    assert alike(*outs)


@pytest.mark.parametrize(
    ("name", "machine"),
    [*[(name, AVX2) for name in KERNELS if name != "dense"], ("dense", AVX512), ("softmax", SSE2)],
    ids=lambda each: getattr(each, "name", each),
)
def test_kernels_are_those_of_llvm(name: str, machine: Any, command: str) -> None:
    """To the bit: neither compiler does what the text does not say."""
    pytest.importorskip("llvmlite")
    from tern.targets import llvm

    module = lower_source(KERNELS[name], ["f"])
    permit(module, *FLAGS)
    for_machine(module, machine)
    (func,) = functions(module)
    runs = [llvm.compile_llvm(func), compile_cpp(func, command=command)]
    for n, m in ((3, 5), (4, 64), (2, 75)):
        given = inputs(KERNELS[name], n, m)
        outs = [np.zeros((n, m), "f4") for _ in runs]
        for run, out in zip(runs, outs):
            run(*given, out)
        assert np.array_equal(*outs) and np.any(outs[0])


def test_operations_on_vectors(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample of the table of vectors, which --conformance cpp has of numbers alone."""

    class Vectors(VectorRunner):
        def check(self, func: Operation) -> None:
            cpp_text(_vectorized(func))

        def compile(self, func: Operation) -> Any:
            return compile_cpp(_vectorized(func), command=command)

    known = {"f16", "bf16"}
    chosen = [case for case in cases() if not known & set(case.types.split())]
    chosen = random.Random(3).sample(chosen, 32)
    monkeypatch.setitem(RUNNERS, "vectors", Vectors)
    outcome = compare("vectors", chosen)
    assert not outcome.wrong and outcome.numbers > 500


# the compiler ---------------------------------------------------------------------------------


def compiled() -> NativeLoops:
    return compile_cpp(loops("fn f(x: f32[n]) -> f32[n] { return x + 1.5; }"))


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    build.cache_folder.cache_clear()
    yield tmp_path / "tern" / "cpp"
    build.cache_folder.cache_clear()


def test_what_was_compiled_once_is_not_again(empty_cache, any_compiler, monkeypatch) -> None:
    commands: list[list[str]] = []
    plain = build._run
    monkeypatch.setattr(
        build, "_run", lambda command: (commands.append(command), plain(command))[1]
    )
    for _ in range(2):
        out = np.zeros(2, "f4")
        compiled()(np.ones(2, "f4"), out)
        assert out.tolist() == [2.5, 2.5]
    assert sum("-O3" in command for command in commands) == 1
    assert [path.suffix for path in empty_cache.iterdir()] == [".so"]
    assert stat.S_IMODE(empty_cache.stat().st_mode) == 0o700


def test_few_libraries_are_kept(empty_cache, any_compiler, monkeypatch) -> None:
    monkeypatch.setattr(build, "KEPT", 2)
    for number in range(4):
        build.library(f'extern "C" int f() {{ return {number}; }}')
    assert len(list(empty_cache.iterdir())) == 2


def test_a_folder_that_cannot_be_written(tmp_path, any_compiler, monkeypatch) -> None:
    (tmp_path / "tern").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    build.cache_folder.cache_clear()
    try:
        assert build.library('extern "C" int f() { return 7; }').f() == 7
    finally:
        build.cache_folder.cache_clear()


def test_errors_of_the_compiler_are_one_line(empty_cache, any_compiler, monkeypatch) -> None:
    with pytest.raises(build.CompilerError, match="failed: .*error") as raised:
        build.library("int f( {")
    assert "\n" not in str(raised.value)
    slow = empty_cache.parent / "slow"
    slow.write_text('#!/bin/sh\ncase "$*" in *-dM*) exit 0;; esac\nexec sleep 60\n')
    slow.chmod(0o755)
    monkeypatch.setattr(build, "SECONDS", 0.2)
    with pytest.raises(build.CompilerError, match="took more than 0.2 seconds"):
        build.library("int x;", str(slow))


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is there all the same, and to run it is an error in one line."""
    monkeypatch.setenv("CXX", "")
    monkeypatch.setenv("PATH", "")
    func = loops(MATMUL)
    assert cpp_text(func) == MATMUL_TEXT
    with pytest.raises(build.CompilerError, match="^there is no C.. compiler here: g"):
        compile_cpp(func)


# the command line -----------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path) -> str:
    path = tmp_path / "program.tern"
    path.write_text(MATMUL)
    return str(path)


def test_emit(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([program, "--emit", "cpp"]) == 0
    assert capsys.readouterr().out == MATMUL_TEXT


def test_the_text_needs_no_compiler(program: str) -> None:
    command = [sys.executable, "-m", "tern", program, "--emit", "cpp"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={"PATH": "", "PYTHONPATH": ":".join(sys.path)}
    )
    assert (done.returncode, done.stdout) == (0, MATMUL_TEXT)
