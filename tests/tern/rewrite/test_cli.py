"""-O2, --passes, --print-patterns, and statistics by pattern."""

from __future__ import annotations

from pathlib import Path

import pytest

from tern.__main__ import main
from tern.rewrite.rules import RULES

SOURCE = """
fn f(x: f32[4, n]) -> f32[4, n] { return transpose(transpose(x)) * 1.0; }
fn g(a: i32) -> i32 { return (a + 0) * 1 + (a - a) + 3 + 4; }
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


def test_canonical_forms_by_level_and_by_name(capsys, program) -> None:
    _, out, _ = output(capsys, program, "-O2")
    assert "mulf" not in out and "muli" not in out and out.count("linalg.transpose") <= 1
    assert "arith.constant 7 : i32" in out and out.count("addi") == 1
    status, same, told = output(capsys, program, "--passes", "canonicalize", "--statistics")
    assert status == 0 and "mulf" not in same
    assert "transpose-twice" in told and "multiply-by-one" in told and "erase-dead" in told
    assert output(capsys, program, "-O2", "--run", "g", "5")[1] == "12\n"
    assert output(capsys, program, "--run", "g", "5")[1] == "12\n"


def test_a_pass_that_there_is_not(capsys, program) -> None:
    status, out, error = output(capsys, program, "--passes", "canonicalise")
    assert status == 2 and not out and error.count("\n") == 1
    assert "--passes knows inline, " in error and "not canonicalise" in error


def test_patterns_are_printed_a_line_each(capsys) -> None:
    status, out, _ = output(capsys, "--print-patterns")
    lines = out.splitlines()
    assert status == 0 and len(lines) == len(RULES) + 3
    assert any("addi(x, 0) -> x" in line for line in lines)
    assert any(line.endswith("[reassoc]") for line in lines)
