"""What a test cell says of a branch predictor: how often it is wrong, and that it does not peek.

    check.mispredicts(predict_branches, over=cost.two_bit, on=traces, at_most=1.05, …)

A predictor is given a whole trace at once, so it could read there what it ought to guess. That is
why its predictions are asked for again with another future, from a place that it doesn't know on:
up to there, they must not change. Half of these places are where looking ahead would pay: where
the answer is right, and the book's best predictor is not.

Another process is asked, which has never seen the trace: one that has could give what it knows of
it. And some of the traces are those that were timed, so that a predictor is the same whether it is
timed or counted: in the other process nobody can tell which of the two a trace was for.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from autograder.check.failures import fail
from autograder.check.session import current
from autograder.check.speed import settle
from autograder.report.measurement import Bars, Mispredictions, describe
from autograder.report.words import because_of

Trace = tuple[np.ndarray, np.ndarray]
FUTURES = 3  # for each trace
AHEAD = "A predictor knows the branches up to this one, and how the ones before it went."
TIMED = "What is timed has to be what is counted."


class Question(NamedTuple):
    """A trace, what was expected of it, and a branch from which on it may have another future."""

    branches: np.ndarray
    taken: np.ndarray
    predicted: np.ndarray
    at: int
    timed: bool = False


class predicting:
    """The `same` of a check of speed: a bool for each branch. Give it to `mispredicts` then.

    Both are asked on traces of one length, or a predictor would know what it is asked for.
    `book` is what the check of speed compares with: where `same` isn't asked, both have agreed.
    """

    def __init__(self, book: Callable) -> None:
        self.book = book
        self.traces: list[Trace] = []
        self.predicted: dict[int, np.ndarray] = {}  # by the number of the trace; agreed, if none

    def asked(self, arguments: Trace) -> None:
        self.traces.append(arguments)

    def __call__(self, actual: object, expected: np.ndarray) -> None:
        self.predicted[len(self.traces) - 1] = as_predictions(actual, expected.shape)

    def questions(self, rng: random.Random, number: int) -> list[Question]:
        """Some of the traces that were timed, for another future each."""
        asked = range(1, len(self.traces))  # nobody but the book was asked for the first
        found = []
        for k in rng.sample(asked, min(number, len(asked))):
            predicted = self.predicted.get(k)
            if predicted is None:
                predicted = self.book(*self.traces[k])
            at = a_place(rng, len(predicted))
            found.append(Question(*self.traces[k], predicted, at, timed=True))
        return found


def mispredicts(
    function: Callable,
    *,
    over: Callable,
    on: Callable[[random.Random], Trace],
    at_most: float,
    silver: float,
    silver_over: Callable,
    gold: float,
    gold_over: Callable,
    traces: int = 12,
    timed: predicting | None = None,
) -> None:
    """`function` mispredicts at most `at_most` times as many branches as `over` of the book's.

    Both are called as f(branches, taken), and return a bool for each branch. `on(rng)` makes a
    trace. What `function` expects of a branch may not depend on what comes later. The medals are
    for so many times the mispredictions of two other predictors, on the same traces. What was
    `timed` before is asked about as well.
    """
    rng = random.Random()
    missed, books = 0, [0, 0, 0]
    made = [on(rng) for _ in range(traces)]
    questions: list[list[Question]] = [[] for _ in range(FUTURES)]
    questions[0] += timed.questions(rng, traces) if timed else []
    for branches, taken in made:
        predicted = predictions(function, branches, taken)
        missed += wrong(predicted, taken)
        best = gold_over(branches, taken)
        for number, each in enumerate((over(branches, taken), silver_over(branches, taken), best)):
            books[number] += wrong(each, taken)
        lucky = np.flatnonzero((predicted == taken) & (best != taken))
        for k in range(FUTURES if len(taken) else 0):
            # The first counts most: who remembers a trace has not seen this one yet.
            at = a_place(rng, len(taken)) if k % 2 or not len(lucky) else int(rng.choice(lucky))
            questions[k].append(Question(branches, taken, predicted, at))
    unaware = elsewhere(function)
    for each in questions:
        for question in rng.sample(each, len(each)):
            no_look_ahead(unaware, question)
    base, of_silver, of_gold = (max(count, 1) for count in books)
    bars = Bars(at_most, round(silver * of_silver / base, 3), round(gold * of_gold / base, 3))
    settle(
        Mispredictions.of(
            missed,
            base,
            f"mispredictions of {over.__name__}",
            bars,
            inputs=f"{missed:,} against {base:,}; {traces} times {describe(made[0])}",
            clock="counted",
        )
    )


def elsewhere(function: Callable) -> Callable:
    """The function in a process that has seen none of its calls; here, in a plain notebook."""
    processes = current().processes
    return function if processes is None else processes.another(function)


def wrong(predicted: np.ndarray, taken: np.ndarray) -> int:
    return int(np.count_nonzero(predicted != taken))


def predictions(function: Callable, branches: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """What a predictor expects of a trace; CheckFailed unless that is a bool for each branch."""
    return as_predictions(function(branches, taken), taken.shape)


def as_predictions(predicted: object, shape: tuple[int, ...]) -> np.ndarray:
    """The predictions; CheckFailed unless they are a bool for each branch."""
    if not isinstance(predicted, np.ndarray) or predicted.dtype != np.bool_:
        found = getattr(predicted, "dtype", type(predicted).__name__)
        fail(f"expected an array of bool, got {found}")
    if predicted.shape != shape:
        fail(f"expected {shape[0]:,} predictions, got an array of shape {predicted.shape}")
    return predicted


def a_place(rng: random.Random, length: int) -> int:
    """A place in a trace; those near its beginning are more likely."""
    return int(length * rng.random() ** 2)


def with_another_future(branches: np.ndarray, taken: np.ndarray, at: int) -> Trace:
    """The trace up to the branch `at`; it and all that follow go the other way."""
    others, elsewhere = taken.copy(), branches.copy()
    others[at:] = ~others[at:]
    elsewhere[at + 1 :] = elsewhere[at + 1 :][::-1]
    return elsewhere, others


def no_look_ahead(function: Callable, question: Question) -> None:
    """CheckFailed if other outcomes from branch `at` on change what was expected up to it."""
    branches, taken, predicted, at, timed = question
    again = predictions(function, *with_another_future(branches, taken, at))
    changed = np.flatnonzero(again[: at + 1] != predicted[: at + 1])
    if not len(changed):
        return
    first = f"{int(changed[0]):,}"
    if timed:
        fail(
            f"when it is timed, it expects something else of branch {first} than when it is asked "
            f"for the same trace with another future from branch {at:,} on",
            because_of(f"{AHEAD} {TIMED}"),
        )
    fail(
        f"it looks ahead: with another future from branch {at:,} on, it expects something else "
        f"of branch {first}",
        because_of(AHEAD),
    )
