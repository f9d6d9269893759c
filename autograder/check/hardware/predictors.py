"""What a test cell says of a branch predictor: how often it is wrong, and that it does not peek.

    check.mispredicts(predict_branches, over=cost.two_bit, on=traces, at_most=1.05, …)

A predictor is given a whole trace at once, so it could read there what it ought to guess. That is
why its predictions are asked for again with another future, from a place that it doesn't know on:
up to there, they must not change. Half of these places are where looking ahead would pay: where
the answer is right, and the book's best predictor is not.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from autograder.check.failures import fail
from autograder.check.speed import settle
from autograder.report.measurement import Bars, Mispredictions, describe
from autograder.report.words import because_of

Trace = tuple[np.ndarray, np.ndarray]
FUTURES = 3  # for each trace
AHEAD = "A predictor knows the branches up to this one, and how the ones before it went."


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
) -> None:
    """`function` mispredicts at most `at_most` times as many branches as `over` of the book's.

    Both are called as f(branches, taken), and return a bool for each branch. `on(rng)` makes a
    trace. What `function` expects of a branch may not depend on what comes later. The medals are
    for so many times the mispredictions of two other predictors, on the same traces.
    """
    rng = random.Random()
    missed, books = 0, [0, 0, 0]
    made = [on(rng) for _ in range(traces)]
    for branches, taken in made:
        for _ in range(rng.randrange(3)):  # traces that begin alike: to remember them is of no use
            predictions(function, *with_another_future(branches, taken, a_place(rng, len(taken))))
        predicted = predictions(function, branches, taken)
        missed += wrong(predicted, taken)
        best = gold_over(branches, taken)
        for number, each in enumerate((over(branches, taken), silver_over(branches, taken), best)):
            books[number] += wrong(each, taken)
        lucky = np.flatnonzero((predicted == taken) & (best != taken))
        for k in range(FUTURES if len(taken) else 0):
            at = int(rng.choice(lucky)) if k % 2 and len(lucky) else a_place(rng, len(taken))
            no_look_ahead(function, branches, taken, predicted, at)
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


def wrong(predicted: np.ndarray, taken: np.ndarray) -> int:
    return int(np.count_nonzero(predicted != taken))


def predictions(function: Callable, branches: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """What a predictor expects of a trace; CheckFailed unless that is a bool for each branch."""
    predicted = function(branches, taken)
    if not isinstance(predicted, np.ndarray) or predicted.dtype != np.bool_:
        found = getattr(predicted, "dtype", type(predicted).__name__)
        fail(f"expected an array of bool, got {found}")
    if predicted.shape != taken.shape:
        fail(f"expected {len(taken):,} predictions, got an array of shape {predicted.shape}")
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


def no_look_ahead(
    function: Callable,
    branches: np.ndarray,
    taken: np.ndarray,
    predicted: np.ndarray,
    at: int,
) -> None:
    """CheckFailed if other outcomes from branch `at` on change what was expected up to it."""
    again = predictions(function, *with_another_future(branches, taken, at))
    changed = np.flatnonzero(again[: at + 1] != predicted[: at + 1])
    if len(changed):
        fail(
            f"it looks ahead: with another future from branch {at:,} on, it expects something else "
            f"of branch {int(changed[0]):,}",
            because_of(AHEAD),
        )
