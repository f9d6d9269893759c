"""Counted verdicts: the counts are exact and repeatable, and what is counted can do no harm."""

from __future__ import annotations

import math
import os
import socket
import subprocess
from pathlib import Path

import numba
import numpy as np
import pytest

from autograder.check.numba import cachegrind, counts, layout
from autograder.worker import system_programs
from tests.autograder.workbooks import ROOT

COUNTING = pytest.mark.skipif(counts.available() is not None, reason=str(counts.available()))
pytestmark = [COUNTING, pytest.mark.rotates(10)]

SUM = """
void sum(const double *x, long n, double *out) {
    double s = 0;
    for (long i = 0; i < n; i++) s += x[i];
    out[0] = s;
}
"""


def add(x, y, out) -> None:
    for i in range(out.shape[0]):
        out[i] = x[i] + y[i]


def numbers(n: int, dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng(1).random(n).astype(dtype)


def compiled(source: str, folder: Path) -> bytes:
    """The object file of a C text, as a kernel might be that nobody has looked at."""
    (folder / "it.c").write_text(source)
    subprocess.run(["gcc", "-O1", "-c", "it.c", "-o", "it.o"], cwd=folder, check=True)
    return (folder / "it.o").read_bytes()


# ---- counts -------------------------------------------------------------------------------------


def test_reads_instructions_and_misses_of_a_sum_are_exact() -> None:
    x, out = numbers(8192, "float64"), np.zeros(1)
    cost = counts.count_c(SUM, "sum", [x, x.size, out], flags=["-O1", "-march=haswell"])
    assert cost.results[1][0] == pytest.approx(x.sum())
    assert 8192 <= cost.reads <= 8192 + 10
    assert 1 <= cost.writes <= 5
    assert 3 * 8192 < cost.instructions < 6 * 8192
    assert 1024 + 1 <= cost.d1_misses <= 1024 + 8  # 8 numbers a line, and the result's line
    assert cost.ll_misses == pytest.approx(1025, abs=8)


HALF = np.float32(0.5)


def halve(x, out) -> None:
    for i in range(out.shape[0]):
        out[i] = HALF * x[i]


def test_a_kernel_may_name_a_constant_of_numpys() -> None:
    x = numbers(100)
    cost = counts.count_numba(halve, [x, np.zeros(100, np.float32)])
    assert np.array_equal(cost.results[1], x / 2)


LEAST, PAIR = -math.inf, (np.inf, 2)
HIGHEST = np.float32(np.inf)


def bound(x, out) -> None:
    for i in range(out.shape[0]):
        out[i] = max(LEAST, min(x[i], HIGHEST, PAIR[0])) * PAIR[1]


def test_a_constant_may_be_infinite() -> None:
    x = numbers(100)
    cost = counts.count_numba(bound, [x, np.zeros(100, np.float32)])
    assert np.array_equal(cost.results[1], x * 2)


def test_counts_are_the_same_on_every_run() -> None:
    arguments = [numbers(1000), numbers(1000), np.zeros(1000, np.float32)]
    first, second = (counts.count_numba(add, arguments) for _ in range(2))
    assert first == second
    assert np.array_equal(first.results[2], arguments[0] + arguments[1])
    assert not arguments[2].any(), "the caller's arrays stay as they are"
    longer = counts.count_numba(add, [numbers(2000), numbers(2000), np.zeros(2000, np.float32)])
    assert longer.instructions > 1.5 * first.instructions


def test_numba_compiles_for_haswell_whatever_this_machine_is() -> None:
    """Eight float32 an instruction: neither scalar nor AVX-512."""
    n = 1 << 14
    cost = counts.count_numba(add, [numbers(n), numbers(n), np.zeros(n, np.float32)])
    assert n / 8 * 0.95 < cost.writes < n / 8 * 1.2


def test_a_cell_with_helpers_decorators_and_numbers_of_all_kinds() -> None:
    cell = """
from numba import njit
import math

@njit(fastmath=True)
def helper(value):
    return math.exp(value) + 1

@njit
def kernel(x, scale, count, wide, out):
    for i in range(count):
        out[i, 0] = helper(x[i] * scale) + wide
"""
    x, out = numbers(10), np.zeros((10, 2), np.float64)
    cost = counts.count_numba(cell, [x, np.float32(0.5), 9, float("inf"), out], name="kernel")
    assert np.isinf(cost.results[1][:9, 0]).all()
    assert not cost.results[1][9].any() and not cost.results[1][:, 1].any()
    cost = counts.count_numba(cell, [x, np.float32(0.5), 10, 2.0, out], name="kernel")
    assert np.allclose(cost.results[1][:, 0], np.exp(x * np.float32(0.5)) + 3)


@pytest.mark.parametrize(
    "dtype", "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float64".split()
)
def test_every_dtype_arrives_in_c(dtype: str) -> None:
    kind = layout.C_TYPES[dtype]
    source = f"void copy(const {kind} *x, {kind} *y, {kind} s) {{ y[0] = x[1]; y[1] = s; }}"
    x = np.array([0, 1], dtype) if dtype == "bool" else np.array([7, np.iinfo("i1").max], dtype)
    result = counts.count_c(source, "copy", [x, np.zeros(2, dtype), x[1]]).results[1]
    assert result.dtype == x.dtype and result.tolist() == [x[1], x[1]]


def test_cpp_and_an_empty_array() -> None:
    source = """extern "C" void fill(int *x, long n) {
        auto set = [&](auto v) { x[0] = v; };
        if (n) set(3);
    }"""
    cost = counts.count_c(source, "fill", [np.zeros(0, np.int32), 0], language="c++")
    assert cost.results[0].shape == (0,) and 0 < cost.instructions < 30


# ---- what cannot be counted says so in one line -------------------------------------------------


@pytest.mark.parametrize(
    "body, message",
    [
        ("    y = np.zeros(3)\n    out[0] = y[0] + x[0]", "allocates no array .* NRT_"),
        ("    out[0] = 1 // int(x[0])", "raises nothing"),
        ("    out[0] = x.nonsense", "does not compile: TypingError: Unknown attribute 'nonsense'"),
        ("    out[0] = missing", "does not compile: .*missing"),
        ("    return out +", "does not compile: SyntaxError"),
    ],
)
def test_a_kernel_that_is_not_countable(body: str, message: str) -> None:
    source = f"def kernel(x, out):\n{body}\n"
    with pytest.raises(counts.CountError, match=message) as caught:
        counts.count_numba(source, [np.zeros(4), np.zeros(4)], name="kernel")
    assert "\n" not in str(caught.value)


def test_a_kernel_of_several_threads_is_told_so() -> None:
    source = """from numba import njit, prange
@njit(parallel=True)
def kernel(x, out):
    for i in prange(len(x)):
        out[i] = x[i]
"""
    with pytest.raises(counts.CountError, match=r"one thread, .* several: parallel=True"):
        counts.count_numba(source, [np.zeros(4), np.zeros(4)], name="kernel")


def test_a_cell_that_fails_or_lacks_the_kernel() -> None:
    for source, message in (
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "does not compile"),
        ("kernel = 3", "define no function kernel"),
        ("other = None", "define no function kernel"),
        ("import os; os.mkfifo('report.json'); os.mkfifo('kernel.o')", "does not compile"),
    ):
        with pytest.raises(counts.CountError, match=message) as caught:
            counts.count_numba(source, [np.zeros(4)], name="kernel")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "source, message",
    [
        ("void f(int *x) { x[0] = y; }", "f does not compile: line 1: .*y.* undeclared"),
        ("void f(int *x) { *(volatile int *)0 = 1; }", "ended by SIGSEGV"),
        ("void g(int *x) { }", "the source defines no function f"),
        ("void h(int *); void f(int *x) { h(x); }", "calls h"),
        ("#include <stdlib.h>\nvoid f(int *x) { exit(0); }", "left no results"),
        ("int main(void) { return 0; } void f(int *x) { }", "cannot be linked"),
        ("void f(int *x) { for (volatile int i = 0;;) i = 1; }", "still running .* after 3 s"),
    ],
)
def test_c_that_is_not_countable(source: str, message: str) -> None:
    with pytest.raises(counts.CountError, match=message) as caught:
        counts.count_c(source, "f", [np.zeros(4, np.int32)], timeout=3)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "argument, message",
    [
        ("text", "neither an array nor a number"),
        (np.zeros((4, 4)).T[:, :2], "not C-contiguous"),
        (np.zeros(3, np.complex128), "no C type"),
        (np.zeros(3, ">f4"), "no C type"),
        (1 << 70, "does not fit in 64 bits"),
        (np.zeros(1 << 27, np.bool_), "at most 67,108,864 are allowed"),
    ],
)
def test_arguments_that_are_refused(argument: object, message: str) -> None:
    with pytest.raises(counts.CountError, match=message):
        counts.count_c(SUM, "sum", [argument])


def test_a_machine_without_valgrind_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts.available.cache_clear()
    which = counts.shutil.which
    without = lambda name, **how: None if name == "valgrind" else which(name, **how)  # noqa: E731
    monkeypatch.setattr(counts.shutil, "which", without)
    try:
        with pytest.raises(counts.CountError, match="needs valgrind: sudo apt install valgrind"):
            counts.count_c(SUM, "sum", [])
    finally:
        counts.available.cache_clear()


# ---- locks --------------------------------------------------------------------------------------

HEADERS = """
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
"""


def attempt(expression: str) -> int:
    """The value of a C expression in a kernel that is being counted."""
    source = f"{HEADERS}\nvoid f(int *out) {{ out[0] = {expression}; }}"
    return int(counts.count_c(source, "f", [np.zeros(1, np.int32)]).results[0][0])


@pytest.mark.parametrize("path", [ROOT / "README.md", Path("/etc/passwd"), Path.home()])
def test_the_counted_kernel_cannot_read_outside_its_folder(path: Path) -> None:
    assert attempt('open("arguments.bin", O_RDONLY) >= 0') == 1
    assert path.exists()
    assert attempt(f'open("{path}", O_RDONLY) >= 0') == 0


def test_the_counted_kernel_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("hours of work")
    assert attempt('unlink("arguments.bin")') == 0
    assert attempt(f'unlink("{victim}")') == -1
    assert attempt(f'open("{victim}", O_WRONLY | O_TRUNC) >= 0') == 0
    assert attempt(f'mkdir("{tmp_path}/folder", 0700)') == -1
    assert victim.read_text() == "hours of work"


def test_the_counted_kernel_has_no_network_no_processes_no_signals() -> None:
    assert attempt("socket(AF_INET, SOCK_STREAM, 0) >= 0") == 0
    assert attempt("socket(AF_UNIX, SOCK_STREAM, 0) >= 0") == 0
    assert attempt("fork()") == -1
    assert attempt(f"kill({os.getpid()}, 0)") == -1
    assert socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).fileno() >= 0  # it is not the machine


def test_what_a_counted_kernel_executes_is_locked_up_as_well() -> None:
    source = f"""{HEADERS}
void f(int *out) {{ execl("/bin/cat", "cat", "{ROOT}/README.md", (char *)0); out[0] = 1; }}"""
    try:
        assert counts.count_c(source, "f", [np.zeros(1, np.int32)]).results[0][0] == 1
    except counts.CountError as error:
        assert "Permission denied" in str(error)


def test_the_compiler_reads_no_secret() -> None:
    with pytest.raises(counts.CountError, match="Permission denied"):
        counts.count_c(f'#include "{ROOT}/README.md"\n', "f", [])
    assert counts.count_c("#include <math.h>\nvoid f(void) {}", "f", []).instructions < 10


@pytest.mark.parametrize(
    "expression",
    [
        f"open({str(ROOT / 'README.md')!r})",
        f"open({str(ROOT / 'tern' / 'types.py')!r})",
        "os.fork()",
        "__import__('subprocess').run(['/bin/true'])",
        "__import__('socket').socket()",
        "os.kill(os.getppid(), 0)",
        f"os.mkdir({str(ROOT / 'folder')!r})",
    ],
)
def test_the_cell_that_is_compiled_is_locked_up(expression: str) -> None:
    arguments = [np.zeros(4, np.int32)]
    kernel = "def kernel(x):\n    x[0] = 1\n"
    counts.count_numba(f"import os\n{kernel}os.listdir('.')", arguments, name="kernel")
    with pytest.raises(counts.CountError, match="not permitted|Permission denied"):
        counts.count_numba(
            f"import os\n{expression}\n{kernel}",
            arguments,
            "kernel",
            frozenset({str(ROOT / "tern")}),
        )


STEP = 2


@numba.njit
def twice(x, i) -> float:
    return x[i] * STEP


@numba.njit
def doubled(x, out) -> None:
    for i in range(out.shape[0]):
        out[i] = twice(x, i)


def test_a_function_is_counted_with_the_helpers_it_names() -> None:
    cost = counts.count_numba(doubled, [numbers(9), np.zeros(9, np.float32)])
    assert (cost.results[1] == 2 * numbers(9)).all()


def test_the_book_is_there_but_the_part_is_switched_off() -> None:
    """The kernel's source may import what the chapter preloads, though the files are secret."""
    arguments = [np.ones((8, 8), np.float32) for _ in range(3)]
    source = "from tern.workshop.loops import {0} as book\n"
    source += "def f(A, B, C):\n    inner(A, B, C)\ninner = {1}"
    how = {
        "secret": frozenset({str(ROOT / "tern" / "kernels")}),
        "preload": ["tern.workshop.loops"],
    }
    off = ["workshop.loops.tiled_matmul"]
    naive = counts.count_numba(
        source.format("naive_matmul", "book"), arguments, "f", off=off, **how
    )
    assert (naive.results[2] == 9).all()
    tiled = source.format("tiled_matmul", "book.__wrapped__")
    assert (counts.count_numba(tiled, arguments, "f", **how).results[2] == 9).all()
    with pytest.raises(counts.CountError, match="switched off"):
        counts.count_numba(tiled, arguments, "f", off=off, **how)


def test_a_kernel_does_not_say_itself_how_long_it_took(tmp_path: Path) -> None:
    source = """#include <stdio.h>
    void slow(double *out) {
        dprintf(1, "seconds 0.000000001\\n");
        for (volatile int i = 0; i < 1000000; i++);
        out[0] = 1;
    }"""
    object_file = compiled(source, tmp_path)
    cost = cachegrind.count(object_file, "slow", layout.Layout([np.zeros(1)]), 60, timed=True)
    assert cost.seconds > 1e-4


EXP = "float expf(float); void f(float *out) { out[0] = expf(out[0]); }"


def test_a_forbidden_function_is_forbidden_to_the_object_file(tmp_path: Path) -> None:
    object_file, one = compiled(EXP, tmp_path), layout.Layout([np.ones(1, np.float32)])
    assert cachegrind.count(object_file, "f", one, 60).results[0] == pytest.approx(math.e)
    with pytest.raises(layout.CountError, match="calls expf, a short cut"):
        cachegrind.count(object_file, "f", one, 60, forbidden=["exponentials"])


def test_a_short_cut_is_closed_where_the_kernel_is_compiled() -> None:
    source = "import math\ndef f(out):\n    out[0] = math.exp(out[0])\n"
    one = [np.ones(1, np.float32)]
    assert counts.count_numba(source, one, "f").results[0] == pytest.approx(math.e)
    with pytest.raises(layout.CountError, match="does not compile: .*"):
        counts.count_numba(source, one, "f", forbidden=["exponentials"])


def test_results_are_read_from_plain_files_only(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"12")
    assert system_programs.read(str(tmp_path), "plain") == b"12"
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "plain")
    (tmp_path / "folder").mkdir()
    for name, most in (("pipe", 9), ("link", 9), ("folder", 9), ("plain", 1), ("nothing", 9)):
        with pytest.raises(OSError):
            system_programs.read(str(tmp_path), name, most)


def test_a_flood_of_output_is_cut_off() -> None:
    source = f'{HEADERS}\nvoid f(int *x) {{ while (write(1, "0123456789abcdef", 16) == 16); }}'
    with pytest.raises(counts.CountError):
        counts.count_c(source, "f", [np.zeros(1, np.int32)], timeout=4)
