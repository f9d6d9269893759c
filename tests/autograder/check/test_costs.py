"""check.costs: a counted cost beside that of the book's part."""

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


def judged(function: Any, **bars: float) -> Any:
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
