"""Branch predictors: against their definitions, and against cachegrind's."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern import build, cost
from tern.cost import branch_trace, gselect, gshare, mispredictions, predict_branches, two_bit

VALGRIND = pytest.mark.skipif(
    not (shutil.which("valgrind") and shutil.which("gcc")),
    reason="NOT CHECKED against cachegrind: valgrind and gcc are not both installed",
)
PREDICTORS = [two_bit, gselect, gshare, predict_branches]


def counters_by_definition(branches, taken, index_of) -> list[bool]:
    counters: dict[object, int] = {}
    history: list[bool] = []
    predicted = []
    for branch, went in zip(branches, taken):
        index = index_of(branch, history)
        state = counters.get(index, 1)
        predicted.append(state >= 2)
        counters[index] = min(state + 1, 3) if went else max(state - 1, 0)
        history.append(went)
    return predicted


def last(history: list[bool], bits: int) -> int:
    return sum(went << age for age, went in enumerate(reversed(history[-bits:] if bits else [])))


traces = st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=150)


@given(traces)
@settings(deadline=None)
def test_counters_are_what_their_definitions_say(trace) -> None:
    branches = np.array([branch for branch, _ in trace], np.int64)
    taken = np.array([went for _, went in trace], np.bool_)
    for predictor, index_of in (
        (lambda b, t: two_bit(b, t, 3), lambda b, h: b % 8),
        (lambda b, t: gselect(b, t, 3, 4), lambda b, h: (b % 8, last(h, 4))),
        (lambda b, t: gshare(b, t, 3, 5), lambda b, h: (b % 8) ^ last(h, 5)),
    ):
        expected = counters_by_definition(branches.tolist(), taken.tolist(), index_of)
        assert predictor(branches, taken).tolist() == expected


@pytest.mark.parametrize("predictor", PREDICTORS)
@given(traces.filter(len), st.data())
@settings(deadline=None, max_examples=30)
def test_no_predictor_looks_ahead(predictor, trace, data) -> None:
    at = data.draw(st.integers(0, len(trace) - 1))
    branches = np.array([branch for branch, _ in trace], np.int64)
    taken = np.array([went for _, went in trace], np.bool_)
    other = taken.copy()
    other[at:] = ~other[at:]
    assert (predictor(branches, taken)[: at + 1] == predictor(branches, other)[: at + 1]).all()


def test_a_loop_costs_one_misprediction_each_time_it_ends() -> None:
    taken = np.tile(np.arange(10) < 9, 100)
    where = np.zeros(1000, np.int64)
    assert mispredictions(two_bit(where, taken), taken) == 100 + 1  # and one to warm up
    assert mispredictions(gshare(where, taken), taken) < 30  # its history sees the end coming


def test_history_sees_what_counters_cannot() -> None:
    """The third branch is the exclusive or of two random ones: no line separates it."""
    rng = np.random.default_rng(8)
    a, b = rng.random((2, 4000)) < 0.5
    taken = np.stack([a, b, a ^ b], axis=1).ravel()
    where = np.tile([0, 1, 2], 4000)
    third = slice(2, None, 3)
    missed = {p: mispredictions(p(where, taken)[third], taken[third]) for p in PREDICTORS}
    assert missed[two_bit] > 1500 and missed[gselect] < 400
    assert missed[predict_branches] > 1500  # what a perceptron cannot learn, it cannot learn


def test_a_program_says_where_it_branches() -> None:
    source = "fn f(n: i32) -> i32 { let k = 0; while n > 0 { n = n / 2; k = k + 1; } return k; }"
    where, taken = branch_trace(build.build(source), "f", 9)
    assert where.tolist() == [0] * 5 and taken.tolist() == [True] * 4 + [False]
    where, taken = branch_trace(build.build("fn f(n: i32) -> i32 { return n; }"), "f", 9)
    assert len(where) == 0 and taken.dtype == np.bool_


def in_c(where: np.ndarray, taken: np.ndarray, branches: int) -> str:
    """A program of `branches` branch instructions that go the ways of a trace."""
    cases = "\n".join(
        f'case {k}: asm volatile goto("test %0, %0; jne %l1" :: "r"(went) : "cc" : out{k});\n'
        f"out{k}: break;"
        for k in range(branches)
    )
    ways = ",".join(str(2 * w + t) for w, t in zip(where.tolist(), taken.tolist()))
    return f"""
static unsigned char trace[] = {{{ways}}};
int main(int count, char **given) {{
  if (count > 1)
    for (unsigned i = 0; i < sizeof trace; i++) {{
      int went = trace[i] & 1;
      switch (trace[i] >> 1) {{ {cases} }}
    }}
  return 0;
}}"""


@VALGRIND
def test_cachegrind_mispredicts_as_often(tmp_path) -> None:
    """Its predictor is `gselect` with 7 and 7 bits. The loop's own branch has a history, too."""
    rng = np.random.default_rng(5)
    length = 20_000
    pattern = np.tile([True, True, False, True, False], length // 5)
    taken = np.where(rng.random(length) < 0.15, ~pattern, pattern)
    where = np.zeros(length, np.int64)
    source = tmp_path / "trace.c"
    source.write_text(in_c(where, taken, 1).replace("switch (trace[i] >> 1)", "switch (0)"))
    subprocess.run(["gcc", "-O1", source, "-o", tmp_path / "trace"], check=True)

    def counted(*arguments: str) -> tuple[int, int]:
        command = ["valgrind", "--tool=cachegrind", "--branch-sim=yes", "--cachegrind-out-file="]
        command[-1] += str(tmp_path / "out")
        subprocess.run([*command, tmp_path / "trace", *arguments], check=True, capture_output=True)
        text = (tmp_path / "out").read_text()
        events = re.search(r"^events: (.*)$", text, re.MULTILINE)
        summary = re.search(r"^summary: (.*)$", text, re.MULTILINE)
        assert events and summary
        found = dict(zip(events[1].split(), map(int, summary[1].split())))
        return found["Bc"], found["Bcm"]

    (few, few_missed), (many, many_missed) = counted(), counted("x")
    assert many - few == pytest.approx(2 * length, abs=50)
    both = np.stack([taken, np.ones(length, np.bool_)], axis=1).ravel()
    both[-1] = False
    predicted = gselect(np.tile([0, 1], length), both, 7, 7)
    expected = mispredictions(predicted, both)
    assert many_missed - few_missed == pytest.approx(expected, rel=0.02)
    assert expected < mispredictions(cost.two_bit(where, taken), taken)
