"""What the check of branch predictors lets pass, which medals it gives, and who is caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numba import njit

from autograder.check import CheckFailed, mispredicts
from autograder.check.session import LocalSession, use
from autograder.report.measurement import Measurement
from tern import cost


class Recorder(LocalSession):
    measures_speed = True

    def __init__(self) -> None:
        self.found: list[Measurement] = []

    def record(self, measurement: Measurement) -> None:
        self.found.append(measurement)


@pytest.fixture
def session() -> Iterator[Recorder]:
    recorder = Recorder()
    with use(recorder):
        yield recorder


def judge(predictor: Callable, traces: int = 8) -> None:
    mispredicts(
        predictor,
        over=cost.two_bit,
        at_most=1.05,
        silver=1.15,
        silver_over=cost.gshare,
        gold=0.96,
        gold_over=cost.predict_branches,
        on=cost.made_trace,
        traces=traces,
    )


@njit
def both(
    branches: np.ndarray,
    taken: np.ndarray,
    weights: np.ndarray,
    own: np.ndarray,
    predicted: np.ndarray,
) -> None:
    """A perceptron over 24 outcomes of all branches, and 10 of the branch itself."""
    rows, size = weights.shape
    inputs = np.ones(size, np.int64)
    for t in range(len(branches)):
        row = branches[t] % rows
        inputs[25:] = own[row]
        total = 0
        for k in range(size):
            total += weights[row, k] * inputs[k]
        predicted[t] = total >= 0
        outcome = 1 if taken[t] else -1
        if predicted[t] != taken[t] or abs(total) <= 80:
            for k in range(size):
                weights[row, k] += outcome * inputs[k]
        for k in range(24, 1, -1):
            inputs[k] = inputs[k - 1]
        inputs[1] = outcome
        for k in range(9, 0, -1):
            own[row, k] = own[row, k - 1]
        own[row, 0] = outcome


def own_history_too(branches: np.ndarray, taken: np.ndarray) -> np.ndarray:
    predicted = np.empty(len(taken), np.bool_)
    both(branches, taken, np.zeros((1024, 35), np.int64), np.ones((1024, 10), np.int64), predicted)
    return predicted


@pytest.mark.parametrize(
    "predictor, medal",
    [(cost.two_bit, "bronze"), (cost.gshare, "silver"), (cost.predict_branches, "silver"),
     (own_history_too, "gold")],
)  # fmt: skip
def test_each_idea_is_worth_a_medal(session: Recorder, predictor: Callable, medal: str) -> None:
    judge(predictor, traces=16)
    assert [each.medal for each in session.found] == [medal]


def test_what_happened_last_is_not_enough(session: Recorder) -> None:
    def last_time(branches: np.ndarray, taken: np.ndarray) -> np.ndarray:
        last: dict[int, bool] = {}
        predicted = []
        for branch, went in zip(branches.tolist(), taken.tolist()):
            predicted.append(last.get(branch, False))
            last[branch] = went
        return np.array(predicted, np.bool_)

    with pytest.raises(CheckFailed, match="mispredictions of two_bit"):
        judge(last_time)


def peek_at_the_next(branches: np.ndarray, taken: np.ndarray) -> np.ndarray:
    return taken.copy()


def peek_at_the_end(branches: np.ndarray, taken: np.ndarray) -> np.ndarray:
    return np.full(len(taken), taken[-1])


def peek_now_and_then(branches: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Only where it pays, and rarely: at one in ten of the mistakes."""
    predicted = cost.predict_branches(branches, taken)
    at = np.flatnonzero(predicted != taken)[::10]
    predicted[at] = taken[at]
    return predicted


@pytest.mark.parametrize("peek", [peek_at_the_next, peek_at_the_end, peek_now_and_then])
def test_whoever_looks_ahead_is_caught(session: Recorder, peek: Callable) -> None:
    with pytest.raises(CheckFailed, match="it looks ahead"):
        judge(peek, traces=30)


@pytest.mark.parametrize(
    "result, says",
    [
        (lambda b, t: t.astype(int), "an array of bool, got int64"),
        (lambda b, t: t[:-1], "30,000 predictions"),
        (lambda b, t: t.tolist(), "an array of bool, got list"),
    ],
)
def test_what_is_no_prediction(session: Recorder, result: Callable, says: str) -> None:
    with pytest.raises(CheckFailed, match=says):
        judge(result)
