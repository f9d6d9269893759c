"""-O0, -O1, --print-changed, and --statistics."""

from pathlib import Path

import pytest

import tern
from tern.__main__ import main

SOURCE = """
fn square(x: i32) -> i32 { return x * x; }
fn f(n: i32) -> i32 {
    let s = 0;
    for i in 0..n { s = s + square(7) * n; }
    return s;
}
fn half(a: i32, b: i32) -> i32 {
    let unused = a / b;
    return a;
}
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "program.tern"
    path.write_text(SOURCE)
    return str(path)


def output(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_ir_is_optimized_unless_told_otherwise(capsys, program) -> None:
    plain, optimized = output(capsys, program, "-O0")[1], output(capsys, program)[1]
    assert "call @square" in plain and "call" not in optimized and "49" in optimized
    assert output(capsys, program, "-O1")[1] == optimized
    with tern.using({"passes.optimize": lambda module: None}):  # who replaces it, replaces it
        assert output(capsys, program)[1] == plain


@pytest.mark.parametrize("form", ["tokens", "tree", "slots", "scf"])
def test_what_comes_before_the_passes_is_without_them(capsys, program, form) -> None:
    text = output(capsys, program, "--emit", form)
    assert text == output(capsys, program, "-O0", "--emit", form)


@pytest.mark.parametrize("level", ["-O0", "-O1"])
def test_what_runs_comes_to_the_same(capsys, program, level) -> None:
    assert output(capsys, program, level, "--run", "f", "5")[:2] == (0, "1225\n")
    status, _, error = output(capsys, program, level, "--run", "half", "1", "0")
    assert status == 1 and "program.tern:9:18: error: integer division by zero" in error


def test_steps_are_those_of_the_optimized_program(capsys, program) -> None:
    few = ["--max-steps", "40", "--run", "f", "5"]
    assert output(capsys, program, "-O0", *few)[0] == 1
    assert output(capsys, program, *few)[0] == 0


def test_what_passes_tell(capsys, program) -> None:
    status, out, told = output(capsys, program, "--statistics", "--print-changed")
    assert status == 0 and out == output(capsys, program)[1]
    assert "call @square" in told and "call @square" not in out
    assert "// sccp" in told and "licm" in told and "→" in told
    assert output(capsys, program, "-O0", "--statistics")[2] == ""
