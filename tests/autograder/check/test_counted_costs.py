"""check.costs, check.costing: a counted cost beside that of the book's part."""

from typing import Any

import pytest

from autograder import check
from autograder.check.session import use


class Recording:
    """A session that keeps what was measured."""

    processes = None
    measures_speed = True

    def __init__(self) -> None:
        self.measured: list[Any] = []

    def record(self, measurement: Any) -> None:
        self.measured.append(measurement)


def numbers(rng: Any) -> tuple[list[int]]:
    return ([rng.randrange(1, 100) for _ in range(20)],)


def judged(function: Any, **bars: Any) -> Any:
    session = Recording()
    with use(session):  # type: ignore[arg-type]
        check.costs(
            function,
            with_=lambda xs: xs[:10],
            within=1.2,
            on=numbers,
            cost=lambda xs, kept: len(kept),
            what="number of numbers",
            **bars,
        )
    return session.measured[0]


def test_as_good_as_the_book() -> None:
    measured = judged(lambda xs: xs[:10], silver=1.0, gold=0.9)
    assert (measured.verdict, measured.medal, measured.ratio) == ("passed", "silver", 1.0)
    assert "1× the book's number of numbers (bar 1.2×)" in measured.sentence()
    assert "120 against 120" in measured.inputs


def test_better_than_the_book() -> None:
    assert judged(lambda xs: xs[:8], silver=1.0, gold=0.9).medal == "gold"


def test_too_expensive() -> None:
    with pytest.raises(check.CheckFailed, match="1.3× the book's number of numbers"):
        judged(lambda xs: xs[:13])


def test_a_wrong_result_says_so_itself() -> None:
    def wrong(xs: list[int], kept: list[int]) -> float:
        check.true(kept == sorted(kept), "they are not sorted")
        return len(kept)

    with pytest.raises(check.CheckFailed, match="not sorted"):
        check.costs(
            lambda xs: [2, 1], with_=sorted, within=1, on=numbers, cost=wrong, what="length"
        )


def kept(*, least: int) -> Any:
    def keep(xs: list[int]) -> list[int]:
        return xs[:least]

    return keep


def wrong_if_invented(xs: list[int], kept: list[int]) -> int:
    if not set(kept) <= set(xs):
        raise check.CheckFailed("there is no such number")
    return len(kept)


def grows(function: Any, within: float = 1.3) -> None:
    check.grows(
        function,
        no_faster_than="n",
        sizes=[50, 200],
        on=lambda rng, n: (rng.sample(range(10**6), n),),
        with_=kept(least=10),
        same=check.costing(wrong_if_invented, within),
    )


def test_a_timed_result_is_judged_by_its_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGRADER_SPEED", "off")
    grows(kept(least=13))
    with pytest.raises(check.CheckFailed, match="on the large input: the result costs too much"):
        grows(kept(least=14))
    with pytest.raises(check.CheckFailed, match="on the large input: there is no such number"):
        grows(lambda xs: [-1])


def test_who_changes_the_arguments_does_not_change_the_cost() -> None:
    def forgetful(xs: list[int]) -> list[int]:
        found = xs[:14]
        xs.clear()
        return found

    with pytest.raises(check.CheckFailed, match="1.4× the book"):
        judged(forgetful)


def test_what_was_timed_has_to_cost_as_little() -> None:
    """Who is better where no clock runs is as good as where one does."""
    timed = check.costing(lambda xs, kept: len(kept), within=1.5, always=True)
    for kept in ([1] * 10, [1] * 9):
        timed.asked(([],))
        timed(kept, [1] * 10)
    assert judged(lambda xs: xs[:5], timed=timed).ratio == 0.95
    assert judged(lambda xs: xs[:10], timed=timed).ratio == 1.0
