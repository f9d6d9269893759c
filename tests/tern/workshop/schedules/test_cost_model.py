"""A regression tree, as a cost model."""

import random

import pytest

from tern.workshop.schedules.cost_model import Leaf, Split, as_text, grow, guess


def test_it_finds_the_question_that_matters() -> None:
    rows = [(noise, size) for noise in range(4) for size in (1, 2, 16, 32)]
    tree = grow(rows, [10.0 if size < 16 else 2.0 for _, size in rows], depth=3)
    assert tree == Split(1, 16, Leaf(10.0, 8), Leaf(2.0, 8))
    assert guess(tree, (0, 15)) == 10 and guess(tree, (0, 16)) == 2


def test_two_questions_deep() -> None:
    rows = [(a, b) for a in (1, 2) for b in (1, 2) for _ in range(3)]
    tree = grow(rows, [4 * a + b for a, b in rows], depth=2)
    assert all(guess(tree, (a, b)) == 4 * a + b for a, b in rows)
    assert as_text(tree, "ab", " ms").splitlines()[:2] == ["a < 2:", "  b < 2:"]
    assert "    10 ms (3 examples)" in as_text(tree, "ab", " ms")


def test_depth_and_leaves_are_limited() -> None:
    rows = [(n,) for n in range(10)]
    assert grow(rows, range(10), depth=0) == Leaf(4.5, 10)
    assert grow(rows[:5], range(5), depth=3, min_examples=3) == Leaf(2.0, 5)
    assert grow(rows, [1.0] * 10, depth=3) == Leaf(1.0, 10)


def test_no_question_beats_the_one_it_asks() -> None:
    rng = random.Random(1)
    rows = [tuple(rng.randrange(5) for _ in range(3)) for _ in range(30)]
    targets = [rng.random() for _ in rows]

    def error(feature: int, limit: float) -> float:
        sides = [
            [t for r, t in zip(rows, targets) if (r[feature] >= limit) == more] for more in (0, 1)
        ]
        if min(map(len, sides)) < 3:
            return float("inf")
        return sum((t - sum(side) / len(side)) ** 2 for side in sides for t in side)

    tree = grow(rows, targets, depth=1)
    assert isinstance(tree, Split)
    smallest = min(error(feature, limit) for feature in range(3) for limit in range(1, 5))
    assert error(tree.feature, tree.limit) == pytest.approx(smallest)


@pytest.mark.parametrize(("rows", "targets"), [([], []), ([(1,)], [1.0, 2.0])])
def test_bad_examples_are_an_error(rows, targets) -> None:
    with pytest.raises(ValueError, match="one target each, and at least one$"):
        grow(rows, targets, depth=1)
