"""The command line of the loop level: --emit loops, --emit numba, --order and --tile."""

import subprocess
import sys

import pytest

from tern.__main__ import main
from tern.ir import parse, verify

MATMUL = "fn matmul(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }"
BRANCHES = "fn f(n: i32) -> i32 { while n > 3 { n = n - 1; } return n; }"


def run(capsys, tmp_path, text, *arguments) -> tuple[int, str, str]:
    """The exit status, standard output and standard error of a command on a program."""
    path = tmp_path / "program.tern"
    path.write_text(text)
    try:
        status = main([str(path), *arguments])
    except SystemExit as exit_:  # argparse leaves so
        status = exit_.code
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_loops(capsys, tmp_path) -> None:
    status, out, _ = run(capsys, tmp_path, MATMUL, "--emit", "loops")
    assert status == 0
    verify(parse(out))
    assert out.count("affine.for") == 5
    options = ["--order", "i,k,j", "--tile", "64,64,0"]
    status, tiled, _ = run(capsys, tmp_path, MATMUL, "--emit", "loops", *options)
    assert status == 0 and tiled.count("affine.for") == 7 and tiled.count("step 64") == 2


def test_numba(capsys, tmp_path) -> None:
    status, out, _ = run(capsys, tmp_path, MATMUL, "--emit", "numba", "--order", "k,i,j")
    assert status == 0
    lines = [line.strip() for line in out.splitlines()]
    assert lines.index("for k in range(K):") < lines.index("a_ik = a[i, k]")
    compile(out, "<emitted>", "exec")


def test_tvm(capsys, tmp_path) -> None:
    status, out, _ = run(capsys, tmp_path, MATMUL, "--emit", "tvm")
    assert status == 0 and 'vi, vj, vk = T.axis.remap("SSR", [i, j, k])' in out
    status, out, _ = run(capsys, tmp_path, MATMUL, "--emit", "tvm", "--tile", "0,64,0")
    assert status == 0 and "for jj in range(0, M, 64):" in out
    code = "import sys; from tern.__main__ import main; "
    code += f"main(['{tmp_path}/program.tern', '--emit', 'tvm'])"
    code += "; sys.exit('tvm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0


MIXED = """fn branches(n: i32) -> i32 {
    while n > 3 { n = n - 1; }
    return n;
}
fn half(x: f16[n]) -> f16[n] {
    return x
        * 2.0;
}
fn twice(x: f32[n]) -> f32[n] { return x * 2.0; }
"""


@pytest.mark.parametrize(
    ("what", "kept", "refused"),
    [
        ("loops", ["half", "twice"], {"1:1": "has branches"}),
        ("tvm", ["half", "twice"], {"1:1": "has branches"}),
        ("numba", ["twice"], {"1:1": "has branches", "5:1": "the type f16 has no form"}),
        ("triton", ["half", "twice"], {"1:1": "takes no tensor"}),
    ],
)
def test_what_a_target_cannot_do_does_not_stop_the_rest(
    capsys, tmp_path, what, kept, refused
) -> None:
    status, out, err = run(capsys, tmp_path, MIXED, "--emit", what)
    assert status == 1
    for name in ("branches", "half", "twice"):
        assert (f"def {name}(" in out or f"func.func @{name}(" in out) == (name in kept)
    assert len(err.splitlines()) == len(refused)
    for line, (where, why) in zip(err.splitlines(), refused.items()):
        assert line.startswith(f"{tmp_path}/program.tern:{where}: error: ") and why in line


def test_an_operation_without_a_form_is_pointed_at(capsys, tmp_path) -> None:
    text = "fn f(x: bool[n], y: f64[n]) -> f64[n] {\n    return\n        y ** y;\n}"
    text = text.replace("y ** y", "transpose(y + 1.0)").replace("[n]", "[n, m]", 2)
    text = text.replace("-> f64[n]", "-> f64[m, n]")
    status, out, err = run(capsys, tmp_path, text, "--emit", "triton")
    assert (status, out) == (1, "") and err.startswith(f"{tmp_path}/program.tern:3:9: error: @f ")


def test_unroll(capsys, tmp_path) -> None:
    options = ["--order", "i,k,j", "--tile", "0,16,256", "--unroll", "2,4,1"]
    status, out, _ = run(capsys, tmp_path, MATMUL, "--emit", "loops", *options)
    assert status == 0 and "step 4 {" in out and "arith.remsi" in out
    status, out, _ = run(capsys, tmp_path, MATMUL, "--emit", "numba", *options)
    assert status == 0 and "N_whole = N - N % 2" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("text", "arguments", "status", "message"),
    [
        (BRANCHES, ["--emit", "loops"], 1, "func.func @f has branches"),
        (MATMUL, ["--emit", "loops", "--order", "i,k"], 1, "the loops are i, j, not i, k"),
        (MATMUL, ["--emit", "numba", "--tile", "2,2,2,2"], 1, "no nest has 4 loops"),
        (MATMUL, ["--order", "i,j,k"], 2, "go with --emit loops"),
        (MATMUL, ["--emit", "loops", "--tile", "a,b"], 2, "expected sizes"),
        (MATMUL, ["--unroll", "2,4,1"], 2, "go with --emit loops"),
        (MATMUL, ["--emit", "loops", "--unroll", "0,4,1"], 1, "are no factors for 3 loops"),
        (MATMUL, ["--emit", "loops", "--tile", "8,8", "--unroll", "1,4,1"], 1, "of 2 and 3 loops"),
        (MATMUL, ["--emit", "loops", "--tile", "0,6,0", "--unroll", "1,4,1"], 1,
         "tiles of 6 are no whole blocks of 4"),
        ("fn f(x: f32[n, m]) -> f32 { return sum(x); }", ["--emit", "loops", "--order", "j,i"],
         1, "breaks the dependence (<, *)"),
    ],
)  # fmt: skip
def test_errors_are_one_line(capsys, tmp_path, text, arguments, status, message) -> None:
    code, out, err = run(capsys, tmp_path, text, *arguments)
    assert (code, out) == (status, "")
    assert message in err.splitlines()[-1]
    assert "Traceback" not in err
