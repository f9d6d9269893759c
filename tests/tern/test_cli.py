import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tern
from tern.__main__ import main

EXAMPLES = Path(tern.__file__).parent / "examples"
POWER, SOFTMAX = str(EXAMPLES / "power.tern"), str(EXAMPLES / "softmax.tern")


def run(capsys, *arguments) -> tuple[int, str, str]:
    """The exit status, standard output and standard error of a command."""
    try:
        status = main(arguments)
    except SystemExit as exit_:  # argparse leaves so
        status = exit_.code
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return status, captured.out, captured.err


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("tokens", "2:4: name power"),
        ("tree", "  Function power"),
        ("slots", "    %0 = memref.alloca() : memref<f32>"),
        ("ir", "  func.func @power(%arg0: f32, %arg1: i32) -> f32 {"),
    ],
)
def test_emit(capsys, what, line) -> None:
    status, out, _ = run(capsys, POWER, "--emit", what)
    assert status == 0 and line in out.splitlines()


def test_emit_structured(capsys) -> None:
    assert "scf.while" in run(capsys, POWER, "--emit", "scf")[1]


def test_ir_is_what_comes_without_options(capsys) -> None:
    assert run(capsys, POWER) == run(capsys, POWER, "--emit", "ir")


@pytest.mark.parametrize(
    ("file", "call", "value"),
    [
        ("power", ["power", "3", "5"], 243.0),
        ("power", ["power", "-1.5e0", "3"], -3.375),
        ("gcd", ["gcd", "-12", "18"], 6),
        ("gcd", ["coprime", "3", "4"], True),
        ("softmax", ["softmax", "[[0, 0], [5, 5]]"], [[0.5, 0.5], [0.5, 0.5]]),
        ("distances", ["distances", "[[1], [2]]", "[3, 5]"], [[4.0, 16.0], [1.0, 9.0]]),
    ],
)
def test_run(capsys, file, call, value) -> None:
    status, out, err = run(capsys, str(EXAMPLES / f"{file}.tern"), "--run", *call)
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--run"], "needs the name of a function"),
        (["--run", "softmx", "[[1]]"], "the program has: softmax"),
        (["--run", "softmax"], "takes 1 arguments (x)"),
        (["--run", "softmax", "1"], "argument `x` is f32[n, m], found 0 axes"),
        (["--run", "softmax", "[1]"], "argument `x` is f32[n, m], found 1 axes"),
        (["--run", "softmax", "[[1], [1, 2]]"], "rows of different lengths"),
        (["--run", "softmax", "[[true]]"], "found true"),
        (["--run", "softmax", '[["a"]]'], 'found "a"'),
        (["--run", "softmax", "[[1e39]]"], "found 1e+39"),
        (["--run", "softmax", "x"], "is not a number, true, false or a list"),
        (["--run", "softmax", "[" * 100_000], "is not a number, true, false or a list"),
        (["--emit", "prose"], "invalid choice"),
        (["--emit", "ir", "--run", "f"], "not allowed with"),
        ([], "required"),
    ],
)
def test_a_wrong_command_exits_2(capsys, arguments, message) -> None:
    file = [SOFTMAX] if arguments else []
    status, out, err = run(capsys, *file, *arguments)
    assert (status, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (["power", "1.0", "1.5"], "argument `n` is i32, found 1.5"),
        (["power", "1.0", "2147483648"], "argument `n` is i32, found 2147483648"),
        (["power", "1.0", "[1]"], "argument `n` is i32, found 1 axes"),
        (["power", "9" * 400, "1"], "argument `x` is f32"),
    ],
)
def test_arguments_must_be_of_their_types(capsys, call, message) -> None:
    status, _, err = run(capsys, POWER, "--run", *call)
    assert status == 2 and message in err


def test_sizes_of_one_name_must_be_equal(capsys) -> None:
    arguments = ["--run", "layer_norm", "[[1, 2]]", "[1, 2]", "[1, 2, 3]"]
    status, _, err = run(capsys, str(EXAMPLES / "layer_norm.tern"), *arguments)
    assert status == 2 and "argument `shift` is f32[m]: `m` is 2, found 3" in err


def test_files_that_cannot_be_read_exit_2(capsys, tmp_path) -> None:
    (tmp_path / "latin").write_bytes(b"\xe9")
    for file in ("missing", "latin", "."):
        status, _, err = run(capsys, str(tmp_path / file))
        assert status == 2 and "cannot read" in err


def test_a_wrong_program_exits_1(capsys, tmp_path) -> None:
    file = tmp_path / "bad.tern"
    file.write_text("fn f() -> i32 {\n    return y;\n}\n")
    for options in ([], ["--emit", "scf"], ["--run", "f"]):
        status, out, err = run(capsys, str(file), *options)
        assert (status, out) == (1, "")
        assert err == f"{file}:2:12: error: unknown name `y`\n    return y;\n           ^\n"


def test_a_program_that_fails_exits_1(capsys, tmp_path) -> None:
    file = tmp_path / "zero.tern"
    file.write_text("fn f(a: i32) -> i32 { return 1 / a; }")
    status, out, err = run(capsys, str(file), "--run", "f", "0")
    assert (status, out) == (1, "") and "zero" in err


def test_standard_input(capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("fn f() -> i32 { return 1 }"))
    status, _, err = run(capsys, "-")
    assert status == 1 and err.startswith("<stdin>:1:25: error: expected `;`")


def test_as_a_process() -> None:
    command = [sys.executable, "-m", "tern", POWER, "--run", "power", "2", "10"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1024.0\n", "")


def answer(tmp_path, capsys, source: str, *arguments: str) -> tuple[int, str, str]:
    """As `run`, of a program that is given as text."""
    file = tmp_path / "program.tern"
    file.write_text(source)
    return run(capsys, str(file), *arguments)


def test_more_types_than_json_has(tmp_path, capsys) -> None:
    source = "fn f(x: u8[n], y: f16, z: bf16[2]) -> u8[n] { return x / 3; }"
    status, out, _ = answer(tmp_path, capsys, source, "--run", "f", "[200, 3]", "0.1", "[1, 2.5]")
    assert (status, out) == (0, "[66, 1]\n")


@pytest.mark.parametrize(
    ("argument", "message"),
    [("1e400", "found 1e400, which is too large"), ("7e4", "found 70000.0, which is too large")],
)
def test_what_no_number_of_the_type_is_near_is_said(tmp_path, capsys, argument, message) -> None:
    source = "fn f(x: f16) -> f16 { return x; }"
    status, _, error = answer(tmp_path, capsys, source, "--run", "f", argument)
    assert status == 2 and message in error


def test_a_byte_order_mark_is_no_part_of_a_program(tmp_path, capsys) -> None:
    source = "\ufefffn f() -> i32 { return 1; }"
    assert answer(tmp_path, capsys, source, "--run", "f")[:2] == (0, "1\n")


ENDLESS = "fn f() -> i32 { let a = 0; while true { a = a + 1; } return a; }"


def test_a_program_that_does_not_end_is_stopped(tmp_path, capsys) -> None:
    status, _, error = answer(tmp_path, capsys, ENDLESS, "--max-steps", "1000", "--run", "f")
    assert status == 1 and "too many steps" in error


def test_an_interrupt_ends_a_run_with_one_line() -> None:
    command = [sys.executable, "-m", "tern", "-", "--max-steps", "0", "--run", "f"]
    running = subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    running.stdin.write(ENDLESS)
    running.stdin.close()
    while not _computes(running.pid):
        assert running.poll() is None
        time.sleep(0.05)
    for _ in range(12):  # as a person would: Python drops one that comes while it cleans up
        running.send_signal(signal.SIGINT)
        try:
            running.wait(5)
            break
        except subprocess.TimeoutExpired:
            continue
    assert running.returncode == 130
    assert running.stderr.read() == "tern: interrupted\n"


def _computes(pid: int) -> bool:
    """Whether a process has used two seconds of a processor, and so has begun to run."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) > 2 * os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full")
def test_a_full_disk_is_said() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tern", "-"],
            input=ENDLESS, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "tern: cannot write: No space left on device\n")


def test_too_little_memory_is_said() -> None:
    source = "fn f(x: f32[n, 1], y: f32[1, m]) -> f32[n, m] { return x + y; }"
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30));"
        "from tern.__main__ import main; import json;"
        "x = json.dumps([[1]] * 40000); y = json.dumps([[1] * 40000]);"
        "sys.exit(main(['-', '--run', 'f', x, y]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=source, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (1, "tern: this needs more memory than there is\n")
