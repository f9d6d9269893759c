"""`python -m tern FILE --emit triton` and `--emit ptx`."""

from __future__ import annotations

from pathlib import Path

import pytest

import tern
from tern.ir import functions
from tern.targets.named import named
from tern.targets.triton import emit_triton
from tests.tern.test_cli import run

EXAMPLES = Path(tern.__file__).parent / "examples"
SOFTMAX, DENSE = str(EXAMPLES / "softmax.tern"), str(EXAMPLES / "dense.tern")


def test_the_source(capsys) -> None:
    status, out, err = run(capsys, SOFTMAX, "--emit", "triton")
    assert (status, err) == (0, "")
    assert out == emit_triton(functions(named(Path(SOFTMAX).read_text()))[0])


def test_functions_share_what_is_before_them(capsys, tmp_path) -> None:
    file = tmp_path / "two.tern"
    file.write_text(Path(SOFTMAX).read_text() + (EXAMPLES / "gelu.tern").read_text())
    status, out, _ = run(capsys, str(file), "--emit", "triton")
    assert status == 0 and out.count("import triton\n") == out.count("def shape_of(") == 1
    assert out.index("def softmax(") < out.index("def gelu(")


def test_what_has_no_form_is_named_and_the_rest_is_printed(capsys) -> None:
    status, out, err = run(capsys, DENSE, "--emit", "triton")
    assert status == 1 and "def relu(x):" in out and "def dense(" in out
    assert "def network(" not in out and "tl.dot(" in out
    (line,) = err.splitlines()  # of the product in @dense, which @network calls twice
    assert line.startswith(f"{DENSE}:7:17: error: @network multiplies a matrix that it computes")
    assert line.endswith("and it is no attention: the result is no matrix product")


def test_a_file_of_which_nothing_has_a_form(capsys) -> None:
    status, out, err = run(capsys, str(EXAMPLES / "power.tern"), "--emit", "triton")
    assert (status, out) == (1, "") and ":2:1: error: @power takes no tensor" in err


def test_ptx(capsys) -> None:
    pytest.importorskip("triton", reason="PTX is made by Triton")
    status, out, err = run(capsys, SOFTMAX, "--emit", "ptx")
    assert (status, err) == (0, "")
    assert ".target sm_80" in out and ".entry softmax_kernel(" in out
    assert "ld.global.v4.b32" in out  # 1024 columns, which 16 divides
    status, out, err = run(capsys, DENSE, "--emit", "ptx", "--device", "sm_75")
    assert status == 1 and ".target sm_75" in out and ".entry relu_kernel(" in out
    assert ".entry dense_kernel(" in out
    assert err.startswith(f"{DENSE}:7:17: error: @network multiplies a matrix that it computes")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--emit", "triton", "--device", "sm_80"], "--device goes with --emit ptx"),
        (["--device", "sm_80"], "--device goes with --emit ptx"),
        (["--emit", "ptx", "--device", "sm_70"], "invalid choice: 'sm_70'"),
        (["--emit", "triton", "--tile", "4,4"], "--order, --tile, and --unroll go with"),
    ],
)
def test_a_wrong_command_exits_2(capsys, arguments, message) -> None:
    status, out, err = run(capsys, SOFTMAX, *arguments)
    assert (status, out) == (2, "") and message in err
