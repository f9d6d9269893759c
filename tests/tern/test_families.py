"""The families of benchmarks.fuzz: they draw, they judge, and what they find is made smaller."""

from __future__ import annotations

import os
import random

import pytest

from benchmarks.fuzz.families import FAMILIES
from benchmarks.fuzz.family import EQUAL, REFUSED, UNDEFINED, Disagreement, Family, drawn
from benchmarks.fuzz.tape import Tape, reduced
from benchmarks.fuzz.trials import attempt, smallest, tried
from tests.turns import tries

CHEAP = [name for name, each in FAMILIES.items() if not each.needs and each.share >= 500]


@pytest.mark.parametrize("name", [name for name in CHEAP if name != "core"])
def test_both_meanings_agree(name: str) -> None:
    """On unseen programs; a failure shows the seed."""
    first = random.randrange(1 << 30)
    for seed in range(first, first + tries(3, long=50)):
        verdict, error = attempt(FAMILIES[name], Tape(seed))
        assert error is None, f"seed {seed}: {error.who}: {error.told}\n{error.program}"
        assert verdict in (EQUAL, REFUSED, UNDEFINED)


def test_all_together_are_twenty_thousand() -> None:
    assert 20_000 <= sum(each.share for each in FAMILIES.values()) < 25_000


def test_a_tape_gives_what_it_gave() -> None:
    def draw(rng: random.Random) -> list[object]:
        numbers = [rng.random(), rng.randrange(7), rng.getrandbits(70), rng.choice("abc")]
        return [*numbers, rng.sample(range(9), 4), rng.uniform(0, 1)]

    first = Tape(3)
    assert draw(first) == draw(Tape(given=first.taken)) != draw(Tape(4))
    assert draw(Tape(given=[]))[:4] == [0, 0, 0, "a"]


def of_many(rng: random.Random) -> str:
    """Fails if two of some numbers are above 50."""
    numbers = drawn(rng, [rng.randrange(100) for _ in range(rng.randrange(30))])
    if sum(number > 50 for number in numbers) >= 2:
        raise Disagreement("sum", numbers, "too large")
    return EQUAL


def test_a_program_is_made_smaller() -> None:
    family = Family("many", of_many, 1)
    seed = next(seed for seed in range(100) if attempt(family, Tape(seed))[1])
    tape = Tape(seed)
    _, error = attempt(family, tape)
    assert error is not None
    found = smallest(family, seed, error, tape.taken)
    assert found.program == "[51, 51]"
    assert f"fuzz many --count 1 --seed {seed}" in str(found)
    assert reduced([5, 60, 70], lambda tape: False) == [5, 60, 70]


def of_crashes(rng: random.Random) -> str:
    if rng.randrange(2):
        os._exit(9)
    return EQUAL


def crashing(name: str) -> Family:
    return Family(name, of_crashes, 1)


def test_a_crash_is_told_and_the_next_program_is_tried() -> None:
    first = next(s for s in range(99) if [Tape(s + n).randrange(2) for n in range(3)] == [0, 1, 0])
    outcome = tried(crashing, crashing("crashing"), first, 3)
    assert dict(outcome.kinds) == {"the process ended with 9": 1}
    assert outcome.counts == {EQUAL: 2} and outcome.programs == 3
