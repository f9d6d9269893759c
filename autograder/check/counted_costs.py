"""What results cost, counted: against those of the book's part, on the same inputs."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograder.check.failures import fail
from autograder.check.speed import settle
from autograder.report.measurement import Bars, Costs, describe

Made = tuple[tuple, Any, Any]


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
    through: Callable[[list[Made]], list[Made]] | None = None,
    timed: costing | None = None,
) -> None:
    """The results of `function` cost at most `within` times what those of tern's own part cost.

    `on(rng)` makes a fresh tuple of arguments, and `cost(*arguments, result)` says what a result
    costs; it raises CheckFailed for one that is wrong. The costs of all inputs are added up. `what`
    is what they count. Nothing is timed, so the figure does not depend on the machine.

    `through`, if there is one, gets all triples of arguments, the book's result, and the
    function's, and gives what `cost` sees in place of the results (check.counted_modules). `timed`
    is the `same` of a check of speed before: what was timed has to cost as little, and the worse
    figure counts, or an answer could search for minutes where nobody looks at the clock.
    """

    def made(rng: random.Random) -> Iterator[Made]:
        for _ in range(inputs):
            drawn = on(rng)
            yield drawn, with_(*drawn), function(*copy.deepcopy(drawn))

    total, book = 0.0, 0.0
    arguments: tuple = ()
    triples: Iterable[Made] = made(random.Random())
    for arguments, expected, actual in triples if through is None else through(list(triples)):
        book += cost(*arguments, expected)
        total += cost(*arguments, actual)
    told = f"{inputs} inputs: {describe(arguments)}; {total:,.0f} against {book:,.0f}"
    if timed is not None and timed.book and timed.found * book > total * timed.book:
        total, book = timed.found, timed.book
        told = f"inputs that were timed; {total:,.0f} against {book:,.0f}"
    bars = Bars(within, silver, gold)
    settle(Costs.of(total, book, f"book's {what}", bars, inputs=told, clock="counted"))


class costing:
    """`same=costing(cost, within=1.3)`: a result of a timed call costs at most that many times the
    expected one.

    `cost(*arguments, result)` is that of `costs`. So an answer that may differ from the book's is
    judged by what was asked, however large that is. With `always` it adds up what all of them cost,
    those that are equal too, for `costs`.
    """

    def __init__(
        self, cost: Callable[..., float], within: float = 1.0, always: bool = False
    ) -> None:
        self.cost, self.within, self.always = cost, within, always
        self.arguments: tuple = ()
        self.found = self.book = 0.0

    def asked(self, arguments: tuple) -> None:
        """What the next results are of."""
        self.arguments = arguments

    def __call__(self, actual: Any, expected: Any) -> None:
        found, book = (self.cost(*self.arguments, result) for result in (actual, expected))
        self.found, self.book = self.found + found, self.book + book
        if found > self.within * book:
            told = [("cost", f"{found:,.0f}"), ("the book's", f"{book:,.0f}")]
            fail("the result costs too much", told)
