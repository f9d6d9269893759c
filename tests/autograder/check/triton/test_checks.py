"""check.traffic, sectors, compiles and uses: in a plain kernel, and apart from the judge."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch

from autograder import check
from autograder.check import session
from autograder.check.triton import apart
from tern.gpu import timing
from tests.tern.gpu import faulty, kernels
from tests.tern.gpu.test_faults import marked

ROOT = Path(__file__).resolve().parents[4]


def rows(rng: random.Random) -> tuple:
    numbers = np.random.default_rng(rng.randrange(1 << 30)).standard_normal((90, 256))
    return (numbers.astype(np.float32),)


def halves(rng: random.Random) -> tuple:
    return torch.randn(64, 64).half(), torch.randn(64, 64).half()


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, dim=1)


def text_of(module: Any) -> str:
    return Path(module.__file__).read_text()


# ---- in a plain kernel --------------------------------------------------------------------------


def test_traffic_in_a_notebook(capsys: pytest.CaptureFixture) -> None:
    check.traffic(kernels.fused, on=rows, at_most=1.05, with_=softmax)
    said = capsys.readouterr().out
    assert "1× the minimum bytes (bar 1.05×)" in said
    assert "counted in Triton's interpreter, all 90 programs" in said and "timed" not in said
    with pytest.raises(check.CheckFailed, match="1.5× the minimum bytes .bar 1.1×."):
        check.traffic(kernels.online, on=rows, at_most=1.1, with_=softmax)
    assert "kernels.py:" in capsys.readouterr().out, "it says which lines move what"
    check.traffic(
        kernels.online, on=rows, at_most=1.0, with_=softmax, times=lambda a: 3 * a[0].nbytes
    )


def test_a_sample_is_called_one(capsys: pytest.CaptureFixture) -> None:
    check.traffic(kernels.fused, on=rows, at_most=1.05, with_=softmax, max_programs=8)
    assert "8 of 90 programs, scaled up" in capsys.readouterr().out


@pytest.mark.parametrize("each", [2, 4, 16])
def test_a_sample_of_programs_that_do_little_stands_for_nothing(each: int) -> None:
    """Most of the sample only loads a bit: what the others move would be counted once, or never."""
    wasteful = functools.partial(kernels.beside_idlers, each=each)
    wasteful.__name__ = "wasteful"  # type: ignore[attr-defined]
    bar = {"at_most": 1.1, "times": lambda given: 2 * given[0].nbytes, "programs": 1}
    for _ in range(4):  # another sample each time
        with pytest.raises(check.CheckFailed, match="× the allowed bytes .bar 1.1×."):
            check.traffic(wasteful, on=rows, with_=softmax, max_programs=4, **bar)


def test_faults_few_programs_and_wrong_results_fail() -> None:
    with pytest.raises(check.CheckFailed, match="missing other") as caught:
        check.traffic(
            faulty.no_other,
            on=lambda rng: (torch.ones(90, 100),),
            at_most=9,
            with_=lambda x: x.sum(1),
        )
    assert caught.value.message.startswith(f"faulty.py:{marked(faulty.no_other_kernel)}: ")
    with pytest.raises(check.CheckFailed, match="90 are too few .* needs 100"):
        check.traffic(kernels.fused, on=rows, at_most=1.1, with_=softmax, programs=100)
    with pytest.raises(check.CheckFailed, match="numbers differ"):
        check.traffic(kernels.fused, on=rows, at_most=1.1, with_=lambda x: x.softmax(0))
    with pytest.raises(check.CheckFailed, match="not written by a Triton kernel"):
        check.traffic(softmax, on=rows, at_most=1.1, with_=softmax)


def test_agrees_takes_several_calls(capsys: pytest.CaptureFixture) -> None:
    shapes = [lambda rng, n=n: (torch.randn(3, n),) for n in (5, 64, 100)]
    check.agrees(kernels.fused, with_=softmax, on=shapes, launches=1)
    with pytest.raises(check.CheckFailed, match="numbers differ") as caught:
        check.agrees(
            kernels.fused, with_=lambda x: x.softmax(0), on=shapes, because="Rows, not columns."
        )
    assert caught.value.details[-2:] == [
        ("called with", "float32[3×5]"),
        ("why", "Rows, not columns."),
    ]
    with pytest.raises(check.CheckFailed, match="expected 1 launch of a kernel, found 4"):
        check.agrees(kernels.unfused, with_=softmax, on=shapes, launches=1)
    with pytest.raises(check.CheckFailed, match="missing other"):
        check.agrees(faulty.no_other, with_=softmax, on=shapes)


SOURCE = """
import torch, triton
import triton.language as tl


@triton.jit
def twice_kernel(x, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, 2 * tl.load(x + at, mask=at < n), mask=at < n)


def twice(x):
    out = torch.empty_like(x)
    twice_kernel[(triton.cdiv(x.numel(), 16),)](x, out, x.numel(), BLOCK=16)
    return out
"""


def vector(rng: random.Random) -> tuple:
    return (torch.randn(2000),)


def test_source_text_is_a_launcher(judged: Callable, capsys: pytest.CaptureFixture) -> None:
    check.agrees(SOURCE, with_=lambda x: x + x, on=vector)
    judged("nothing", "")
    check.agrees(SOURCE, with_=lambda x: x + x, on=[vector, vector])
    check.traffic(SOURCE, on=vector, at_most=1.0, with_=lambda x: x + x)
    check.compiles(SOURCE, on=vector)
    for source, message in (
        ("def f(:", "the source is no Python: line 1"),
        ("x = 1", "the source defines no function"),
        (SOURCE.replace("2 *", "3 *"), "numbers differ"),
        (SOURCE.replace(", mask=at < n), mask", ", mask=at < n)"), "the source is no Python"),
    ):
        with pytest.raises(check.CheckFailed, match=message):
            check.agrees(source, with_=lambda x: x + x, on=vector)


def test_bank_conflicts(judged: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    from tern.gpu import banks

    check.conflicts(judged("fused", text_of(kernels)), on=rows)
    worst = banks.SharedAccess("ld.shared.b32", 9, 32, 1)
    monkeypatch.setattr(banks, "bank_conflicts", lambda ptx, warps: [worst])
    with pytest.raises(check.CheckFailed, match="has 31 bank conflicts, 0 are allowed") as caught:
        check.conflicts(kernels.fused, on=rows)
    assert caught.value.details == [("the worst", "ld.shared.b32: 32 turns, 1 would do")]


def test_a_cell_that_raises_is_passed_over(judged: Callable) -> None:
    check.agrees(
        judged("twice", SOURCE + "\ntwice(torch.ones(3))  # no GPU: it raises\n"),
        with_=lambda x: x + x,
        on=vector,
    )
    with pytest.raises(check.CheckFailed, match="calling twice: NameError: name 'nonsense'"):
        check.agrees(judged("twice", "nonsense"), with_=lambda x: x + x, on=vector)


def test_sectors() -> None:
    check.sectors(kernels.fused, on=rows, at_most=1.25)
    with pytest.raises(check.CheckFailed, match="8× the bytes in sectors of 32 bytes"):
        check.sectors(kernels.column_strided, on=lambda rng: (torch.randn(64, 16),), at_most=1.25)
    with pytest.raises(ValueError):
        check.sectors(kernels.fused, on=rows, at_most=1, times="nonsense")


def test_compiles_and_uses() -> None:
    check.uses(kernels.fused, "LDG.128", on=rows, device="sm_75", at_least=0)
    check.uses(kernels.tiled, "HMMA", on=halves)
    with pytest.raises(check.CheckFailed, match="0 HMMA .* sm_75, expected at least 1"):
        check.uses(kernels.tiled, "HMMA", on=halves, device="sm_75")
    with pytest.raises(check.CheckFailed, match="HMMA .* expected at most 0"):
        check.uses(kernels.tiled, "HMMA", on=halves, at_least=0, at_most=0)
    check.compiles(kernels.fused, on=rows)
    with pytest.raises(
        check.CheckFailed, match="breaking does not compile for sm_75: faulty.py:.*Break"
    ):
        check.compiles(faulty.breaking, on=lambda rng: (torch.ones(9),))
    with pytest.raises(check.CheckFailed, match="tile_kernel for sm_75 spills .* 0 are allowed"):
        check.compiles(kernels.tiled, on=halves, devices=["sm_75"], max_spills=0)


def test_without_triton_nothing_is_said_to_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "triton", None)
    for ask in (
        lambda: check.traffic(kernels.fused, on=rows, at_most=1.1, with_=softmax),
        lambda: check.compiles(kernels.fused, on=rows),
    ):
        with pytest.raises(check.CouldNotMeasure, match="needs Triton"):
            ask()


# ---- on a GPU -----------------------------------------------------------------------------------


def test_what_is_said_of_times(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(timing, "gpu", lambda: "Tesla T4")
    monkeypatch.setattr(timing, "compare", lambda *given: (3.0, 2.0))
    how = {"on": rows, "at_most": 1.1, "with_": softmax}
    check.traffic(kernels.fused, **how)
    assert "timed on Tesla T4: 1.50× the book's time (3 ms of 2 ms)" in capsys.readouterr().out
    with pytest.raises(check.CheckFailed, match="timed on Tesla T4: 1.50× .* bar 1.2×"):
        check.traffic(kernels.fused, within=1.2, **how)


@pytest.mark.gpu
@pytest.mark.skipif(timing.gpu() is None, reason="there is no GPU: nothing was timed")
def test_two_launchers_are_timed_in_turn() -> None:
    mine, book = timing.compare(kernels.fused, softmax, [torch.randn(512, 512)])
    assert mine > 0 and book > 0


# ---- apart from the judge -----------------------------------------------------------------------


def test_the_judge_counts_what_a_cell_defines(judged: Callable) -> None:
    fused = judged("fused", text_of(kernels))
    check.traffic(fused, on=rows, at_most=1.05, silver=1.02, with_=softmax)
    (measurement,) = session.current().recorded
    assert (measurement.ratio, measurement.verdict, measurement.medal) == (1, "passed", "silver")
    assert "counted in Triton's interpreter" in measurement.circumstances()
    check.uses(judged("tiled", text_of(kernels)), "HMMA", on=halves)


def test_the_judge_names_cell_and_line(judged: Callable) -> None:
    with pytest.raises(check.CheckFailed, match="missing other") as caught:
        check.traffic(
            judged("no_other", text_of(faulty)),
            on=lambda rng: (torch.ones(9, 100),),
            at_most=9,
            with_=softmax,
        )
    assert caught.value.message.startswith(f"ch19-answer:{marked(faulty.no_other_kernel)}: ")
    with pytest.raises(check.CheckFailed, match="ch19-answer:.*Break"):
        check.compiles(judged("breaking", text_of(faulty)), on=lambda rng: (torch.ones(9),))


@pytest.mark.parametrize(
    "body, message",
    [
        ("return 1 / 0", "calling f: ZeroDivisionError: division by zero"),
        ("import os; os._exit(3)", "ended early"),
        ("while True: pass", "still running after 6 s"),
        (f"return open({str(ROOT / 'README.md')!r})", "PermissionError"),
        (f"import os; os.mkdir({str(ROOT / 'folder')!r})", "PermissionError"),
        ("import os; os.fork()", "PermissionError"),
        ("import subprocess; subprocess.run(['/bin/true'])", "PermissionError"),
        ("import os; os.kill(os.getppid(), 0)", "PermissionError"),
        ("import socket; socket.socket()", "PermissionError"),
        (
            "open('reply.json', 'w').write('[]'); import os; os._exit(0)",
            "proper counts|ended early",
        ),
    ],
)
def test_a_launcher_does_no_harm(
    judged: Callable, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    monkeypatch.setattr(apart, "COUNT_SECONDS", 6.0 if body.startswith("while") else 60.0)
    with pytest.raises(check.CheckFailed, match=message) as caught:
        check.traffic(judged("f", f"def f(x):\n    {body}\n"), on=rows, at_most=9, with_=softmax)
    assert "\n" not in caught.value.message


def test_forged_replies_are_refused(judged: Callable) -> None:
    for reply in ('{"traffic": {}, "results": []}', "3"):
        forge = f"open('reply.json', 'w').write({reply!r}); open('results.bin', 'w')"
        forge += "; import os; os._exit(0)"
        with pytest.raises(check.CheckFailed, match="no proper counts|ended early"):
            check.traffic(
                judged("f", f"def f(x):\n    {forge}\n"), on=rows, at_most=9, with_=softmax
            )


def test_the_assembler_sees_nothing_else(tmp_path: Path) -> None:
    done = apart.tool(["/bin/cat", str(ROOT / "README.md")], str(tmp_path), 10)
    assert done.returncode and "Permission denied" in done.stdout
    done = apart.tool(["/bin/cat", "/proc/self/limits"], str(tmp_path), 10)
    assert done.returncode


def test_tensors_and_numbers_travel_as_plain_data() -> None:
    from autograder.check.triton.job import pack, unpack

    given = [
        torch.randn(3, 4).bfloat16(),
        np.arange(5),
        3,
        0.5,
        True,
        None,
        torch.zeros(0, 2),
        torch.tensor(7),
    ]
    back = unpack(*pack(given))
    for mine, theirs in zip(back, given, strict=True):
        if isinstance(theirs, (torch.Tensor, np.ndarray)):
            assert torch.equal(mine, torch.as_tensor(theirs))
        else:
            assert mine == theirs and type(mine) is type(theirs)
    with pytest.raises(TypeError):
        pack(["text"])
    for bad in (
        [["float32", [-1]]],
        [["float32", [9]]],
        [["object", []]],
        [{}],
        3,
        [["float32", ["2"]]],
    ):
        with pytest.raises(ValueError):
            unpack(bad, b"1234")


def test_a_chapter_without_its_packages_is_refused_in_one_line(tmp_path: Path) -> None:
    """As on macOS, for which Triton has no wheels."""
    import dataclasses

    from autograder.course.layout import Course, UsageError
    from autograder.judge import judge

    course = Course(ROOT)
    chapter = dataclasses.replace(course.chapter("chapter15"), preload=("no_such_package",))
    with pytest.raises(
        UsageError, match="chapter15 needs no_such_package, which is not installed here"
    ):
        judge.grade(course, chapter, course.stub(chapter))
