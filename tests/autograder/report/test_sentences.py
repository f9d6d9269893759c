"""What a report says is true, and says it clearly: figures, medals, names, lines."""

from __future__ import annotations

import io
import random
import re

import pytest
from rich.console import Console

from autograder.report import html, text
from autograder.report.figures import apart, beside
from autograder.report.measurement import (
    Bars,
    Counted,
    Growth,
    KeepsUp,
    Measurement,
    Speedup,
    Timed,
    Traffic,
)
from autograder.report.results import ExerciseResult, Report, TestResult
from autograder.speed.timers import PARALLEL, SERIAL


def timed(kind: type[Timed], ratio: float, bars: Bars, **more: object) -> Timed:
    better = kind.larger_is_better
    passed = ratio >= bars.bronze if better else ratio <= bars.bronze
    known: dict = {
        "verdict": "passed" if passed else "failed",
        "medal": bars.medal(ratio, better) if passed else None,
        "low": ratio,
        "high": ratio,
        "pairs": 6,
    }
    return kind(ratio=ratio, bars=bars, **{**known, **more})


def shown(*measurements: Measurement, status: str = "passed", message: str = "") -> str:
    written = io.StringIO()
    console = Console(file=written, no_color=True, soft_wrap=True)
    text.render(made(*measurements, status=status, message=message), console)
    return written.getvalue()


def made(*measurements: Measurement, status: str, message: str) -> Report:
    test = TestResult("ch13-matmul-speed", 5, status, message, measurements=list(measurements))
    result = ExerciseResult("matmul", "A matmul", status, 0, 5, [test])
    return Report("chapter13", "Loops", "chapter13.ipynb", [result], [])


# ---- figures and bars ---------------------------------------------------------------------------


def first_number(sentence: str) -> float:
    return float(re.match(r"(?:CPU time grew )?([\d.,e+-]+)×", sentence)[1].replace(",", ""))


def test_the_figure_stands_where_the_verdict_is() -> None:
    rng = random.Random(1)
    for _ in range(2_000):
        bar = rng.choice([0.2, 0.5, 1.0, 1.05, 2.0, 3.0, 20.0, 117.0])
        bars = Bars(bar)
        ratio = bar * rng.choice([1, 1 - 1e-3, 1 + 1e-3, 1 - 1e-6, 1 + 1e-6, 1.2, 0.7])
        for one in (
            timed(KeepsUp, ratio, bars),
            timed(Speedup, ratio, bars),
            Counted(verdict="", ratio=ratio, bar=bar, what="instructions"),
            Traffic(verdict="", ratio=ratio, bars=bars, what="minimum bytes"),
        ):
            figure = first_number(one.sentence())
            assert (figure < bar, figure > bar) == (ratio < bar, ratio > bar), one.sentence()


def test_the_figure_stands_beside_the_next_medals_bar_too() -> None:
    one = timed(Speedup, 0.5997, Bars(0.2, 0.6, 0.9))
    assert one.told().startswith("0.5997× as fast")
    assert one.told().endswith("bronze; silver needs 0.6×")


def test_growth_and_its_bound_differ_as_told() -> None:
    sizes = {"bound": "n", "sizes": (1, 10), "low": 1.0, "high": 2.0, "pairs": 3}
    failed = Growth(verdict="failed", ratio=20.004, bar=20.001, **sizes)
    assert "grew 20.004× from 1 to 10 (n with slack allows 20.001×" in failed.sentence()


@pytest.mark.parametrize(
    ("figure", "bar", "told"), [(0.2, 0.2, "0.20"), (0.196, 0.2, "0.196"), (5.0, 0.2, "5.00")]
)
def test_a_figure_has_no_more_digits_than_it_needs(figure: float, bar: float, told: str) -> None:
    assert beside(figure, [bar], ".2f") == told
    assert apart(float("nan"), 1.0) == ("nan", "1")


# ---- medals -------------------------------------------------------------------------------------


def test_no_medal_stands_behind_a_mark_of_failure() -> None:
    reached = timed(KeepsUp, 1.0, Bars(3, 1.5, 1.2))
    missed = timed(KeepsUp, 4.0, Bars(3), over="fold")
    said = shown(reached, missed, status="failed", message=missed.sentence())
    page = html.render(made(reached, missed, status="failed", message=missed.sentence()))
    for form in (said, page):
        assert not re.search(r"bronze|silver|gold", form)
        assert "1.00×" in form and "4.00×" in form


def test_the_level_and_what_the_next_needs_are_told_in_the_terminal_and_in_notebooks() -> None:
    one = timed(Speedup, 3.0, Bars(2, 2.5, 4))
    for form in (shown(one), html.render(made(one, status="passed", message=""))):
        assert "silver; gold needs 4×" in form
    assert timed(Speedup, 5.0, Bars(2, 2.5, 4)).told().endswith("  gold")
    assert timed(Speedup, 2.0, Bars(2, None, 4)).told().endswith("bronze; gold needs 4×")
    assert "bronze" not in timed(Speedup, 2.0, Bars(2)).told()  # there is nothing beyond it


def test_two_bars_are_two_lines() -> None:
    both = [timed(KeepsUp, 1.0, Bars(3)), timed(KeepsUp, 2.0, Bars(3))]
    for status in ("passed", "failed"):
        lines = shown(*both, status=status, message="the third").splitlines()
        assert [("1.00×" in line, "2.00×" in line) for line in lines if "×" in line] == [
            (True, False),
            (False, True),
        ]


# ---- names --------------------------------------------------------------------------------------


def test_what_a_figure_is_compared_with_has_a_name() -> None:
    assert "1.50× the book's CPU time for tokenize (bar 3×" in told(KeepsUp, 1.5, 3, "tokenize")
    assert "5.00× as fast as the baseline, naive_matmul (needs 2×" in told(
        Speedup, 5.0, 2, "naive_matmul"
    )
    assert "as fast as the baseline, NumPy, one thread (" in told(
        Speedup, 5.0, 2, "NumPy, one thread"
    )
    counted = Counted.of(10, 100, 0.5, "first-level cache misses", (), "naive_conv")
    assert "0.1× the first-level cache misses of the baseline, naive_conv (bar 0.5×)" in (
        counted.sentence()
    )


def told(kind: type[Timed], ratio: float, bar: float, over: str) -> str:
    return timed(kind, ratio, Bars(bar), over=over).sentence()


@pytest.mark.parametrize(
    ("clock", "threads", "says"),
    [
        (SERIAL, (0, 0), "CPU time"),
        (SERIAL, (1, 1), "CPU time"),
        (SERIAL, (1, 3), "CPU time, all threads; threads 1 → 3"),
        (PARALLEL, (1, 3), "CPU time of the busiest thread; threads 1 → 3"),
    ],
)
def test_threads_are_spoken_of_where_there_are_some(
    clock: str, threads: tuple[int, int], says: str
) -> None:
    one = timed(KeepsUp, 1.0, Bars(3), clock=clock, threads=threads)
    assert one.circumstances() == says
