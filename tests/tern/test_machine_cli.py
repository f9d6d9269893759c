"""The command line of -O3: loops arranged for a machine, in LLVM IR and in C++, and run."""

import shutil
import subprocess
import sys

import pytest

from tern.__main__ import main
from tern.command.loops import FASTMATH
from tern.ir import parse, verify
from tern.ir.dialects import forms
from tests.tern.test_loops_cli import run

SOFTMAX = "fn f(x: f32[n, m]) -> f32[n, m] { return softmax(x); }"
SUM = "fn f(x: f32[n, m]) -> f32[n, 1] { return sum(x, axis=1); }"
TWICE = "fn f(x: f32[n]) -> f32[n] { return x + x; }"
NEEDS_A_COMPILER = pytest.mark.skipif(
    not any(map(shutil.which, ("g++", "clang++", "c++"))), reason="no C++ compiler is here"
)


def test_flags_are_those_of_the_ir() -> None:
    assert FASTMATH == forms.FASTMATH


@pytest.mark.parametrize(("name", "lanes"), [("sse2", 4), ("avx2", 8), ("avx512", 16), ("neon", 4)])
def test_vectors(capsys, tmp_path, name, lanes) -> None:
    options = ["-O3", "--vectors", name]
    status, out, _ = run(capsys, tmp_path, TWICE, "--emit", "loops", *options)
    assert status == 0 and f"vector<{4 * lanes}xf32>" in out
    verify(parse(out))
    status, out, _ = run(capsys, tmp_path, TWICE, "--emit", "llvm", *options)
    assert status == 0 and f"fadd <{4 * lanes} x float>" in out
    status, out, _ = run(capsys, tmp_path, TWICE, "--emit", "cpp", *options)
    assert status == 0 and f"using f32x{4 * lanes} = Vector<float, {4 * lanes}>;" in out


def test_below_level_3_nothing_is_arranged(capsys, tmp_path) -> None:
    plain = run(capsys, tmp_path, TWICE, "--emit", "loops")
    assert plain == run(capsys, tmp_path, TWICE, "--emit", "loops", "-O1")
    assert "vector<" not in plain[1]


def test_sums_need_a_permission(capsys, tmp_path) -> None:
    options = ["--emit", "loops", "-O3", "--vectors", "avx2"]
    status, out, err = run(capsys, tmp_path, SUM, *options, "--remarks")
    assert status == 0 and "vector<" not in out
    assert err.startswith("tern: remark: @f: loop not vectorized: arith.addf adds up in order")
    assert len(err.splitlines()) == 1
    assert run(capsys, tmp_path, SUM, *options)[2] == ""
    status, out, err = run(capsys, tmp_path, SUM, *options, "--fast-math", "reassoc", "--remarks")
    assert status == 0 and "vector<32xf32>" in out and err == ""
    assert "fastmath<reassoc>" in out and "contract" not in out
    assert "contract" in run(capsys, tmp_path, SUM, *options, "--fast-math")[1]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--emit", "loops", "--vectors", "avx2"], 2, "--vectors goes with -O3"),
        (["--emit", "loops", "--fast-math"], 2, "--fast-math goes with -O3"),
        (["--emit", "loops", "--remarks"], 2, "--remarks goes with -O3"),
        (["--emit", "loops", "--threads", "2"], 2, "--threads goes with -O3"),
        (["--emit", "loops", "-O3", "--threads", "0"], 2, "expected a number of threads"),
        (["--emit", "loops", "-O3", "--tile", "8,8"], 2, "say what -O3 finds"),
        (["--emit", "loops", "-O3", "--fast-math", "all"], 2, "expected some of reassoc"),
        (["-O4"], 2, "invalid choice"),
    ],
)
def test_errors(capsys, tmp_path, arguments, status, message) -> None:
    code, out, err = run(capsys, tmp_path, TWICE, *arguments)
    assert (code, out) == (status, "") and message in err.splitlines()[-1]


def run_alone(tmp_path, text: str, *arguments: str) -> tuple[int, str, str]:
    """In a process of its own: a run of machine code changes what Ctrl-C does."""
    path = tmp_path / "program.tern"
    path.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "tern", str(path), *arguments], capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


def test_threads(capsys, tmp_path) -> None:
    options = ["--emit", "loops", "-O3", "--vectors", "avx2", "--fast-math"]
    status, out, _ = run(capsys, tmp_path, SOFTMAX, *options, "--threads", "2")
    assert status == 0 and "affine.parallel (%arg2) = (0) to (%" in out
    assert "affine.parallel" not in run(capsys, tmp_path, SOFTMAX, *options)[1]
    status, out, _ = run(capsys, tmp_path, SOFTMAX, "--emit", "cpp", *options[2:], "--threads", "2")
    assert status == 0 and "// in any order, or at once:\n    for (i64 " in out


@pytest.mark.parametrize("threads", [[], ["--threads", "3"]])
@pytest.mark.parametrize("target", ["llvm", pytest.param("cpp", marks=NEEDS_A_COMPILER)])
def test_run(tmp_path, target, threads) -> None:
    if target == "llvm":
        pytest.importorskip("llvmlite")
    options = [
        "-O3",
        "--fast-math",
        "--target",
        target,
        "--run",
        "f",
        "[[0, 0, 0, 0], [1, 1, 1, 1]]",
    ]
    status, out, err = run_alone(tmp_path, SOFTMAX, *options)
    assert (status, err) == (0, "")
    assert out == "[[0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]]\n"


@NEEDS_A_COMPILER
def test_numbers_alone_run_in_cpp(tmp_path) -> None:
    text = "fn f(x: f32, n: i32) -> f32 { return x * 2.0; }"
    text += " fn g(n: i32) -> i32 { while n > 3 { n = n - 1; } return n; }"
    assert run_alone(tmp_path, text, "--target", "cpp", "--run", "f", "1.5", "1")[1] == "3.0\n"
    status, out, err = run_alone(tmp_path, text, "--target", "cpp", "--run", "g", "7")
    assert (status, out) == (1, "") and "has branches" in err and len(err.splitlines()) == 1


def test_without_a_compiler(capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CXX", "")
    path = tmp_path / "program.tern"
    path.write_text(TWICE)
    assert main([str(path), "--emit", "cpp"]) == 0
    assert main([str(path), "--target", "cpp", "--run", "f", "[1]"]) == 1
    assert capsys.readouterr().err == (
        "tern: there is no C++ compiler here: g++, clang++, c++ not found\n"
    )
