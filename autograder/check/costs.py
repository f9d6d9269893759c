"""What results cost, counted: against those of the book's part, on the same inputs."""

from __future__ import annotations

import random
from collections.abc import Callable

from autograder.check.speed import settle
from autograder.report.measurement import Bars, Costs, describe


def costs(
    function: Callable,
    *,
    with_: Callable,
    within: float,
    on: Callable[[random.Random], tuple],
    cost: Callable[..., float],
    what: str,
    silver: float | None = None,
    gold: float | None = None,
    inputs: int = 12,
) -> None:
    """The results of `function` cost at most `within` times what those of tern's own part cost.

    `on(rng)` makes a fresh tuple of arguments, and `cost(*arguments, result)` says what a result
    costs; it raises CheckFailed for one that is wrong. The costs of all inputs are added up. `what`
    is what they count. Nothing is timed, so the figure does not depend on the machine.
    """
    rng, total, book = random.Random(), 0.0, 0.0
    arguments: tuple = ()
    for _ in range(inputs):
        arguments = on(rng)
        book += cost(*arguments, with_(*arguments))
        total += cost(*arguments, function(*arguments))
    told = f"{inputs} inputs: {describe(arguments)}; {total:,.0f} against {book:,.0f}"
    bars = Bars(within, silver, gold)
    settle(Costs.of(total, book, f"book's {what}", bars, inputs=told, clock="counted"))
