"""Answers are found wherever readers have moved them."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course.answers import Asked, find_answers, names_bound
from autograder.course.notebook import Cell, Notebook

ONE = Asked("ch05-one", "one", "def one():\n    raise NotImplementedError()")
TWO = Asked("ch05-two", "two", "def two():\n    raise NotImplementedError()")


def answers(*cells: tuple[str, str] | Cell) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """The numbers of the cells of each answer in a workbook of (id, source) pairs, and problems."""
    made = [
        each if isinstance(each, Cell) else Cell(number, each[1], each[0])
        for number, each in enumerate(cells, 1)
    ]
    found, problems = find_answers(Notebook(Path("x.ipynb"), made), [ONE, TWO])
    return {identity: answer.numbers for identity, answer in found.items()}, problems


def test_an_answer_stands_in_its_cell() -> None:
    found, problems = answers(("ch05-one", "def one(): ..."), ("ch05-two", TWO.stub))
    assert found == {"ch05-one": (1,), "ch05-two": (2,)} and not problems


def test_of_two_copies_the_last_one_counts_that_was_worked_on() -> None:
    found, problems = answers(
        ("ch05-one", "def one(): 1"), ("ch05-one", "def one(): 2"), ("ch05-one", ONE.stub)
    )
    assert found == {"ch05-one": (2,)}
    assert problems[0] == "cells 1 and 2 and 3 both claim to be ch05-one: cell 2 was graded"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("def one(): helper()", "def helper(): ..."),
        ("def helper(): ...", "def one(): helper()"),
        ("def one(): ...", "print(one())"),
    ],
)
def test_a_cell_split_in_two_is_both_halves_in_order(first: str, second: str) -> None:
    found, problems = answers(("ch05-one", first), ("ch05-one", second))
    assert found == {"ch05-one": (1, 2)}
    assert problems[0].endswith("1 and 2, in this order, were graded")


def test_an_answer_below_its_stub_is_found() -> None:
    found, problems = answers(("ch05-one", ONE.stub), ("", "def one(): ..."))
    assert found["ch05-one"] == (2,)
    assert problems[0] == (
        "the cell ch05-one does not define one: your answer was found in cell 2, which defines one"
    )


def test_what_another_cell_imports_is_no_answer() -> None:
    found, problems = answers(
        ("ch05-one", ONE.stub), ("ch05-two", "from tern import one\ntwo = one")
    )
    assert found == {"ch05-one": (1,), "ch05-two": (2,)} and not problems


def test_an_answer_without_its_id_is_found() -> None:
    found, problems = answers(("", "x = 1"), ("renamed", "one = lambda: 1"))
    assert found["ch05-one"] == (2,)
    assert "missing or renamed: your answer was found in cell 2" in problems[0]


def test_two_answers_in_one_cell_are_both_there() -> None:
    both = "def one(): ...\n\ndef two(): ..."
    found, problems = answers(("ch05-one", both))
    assert found == {"ch05-one": (1,), "ch05-two": (1,)} and len(problems) == 1
    found, _ = answers(("ch05-one", both), ("ch05-two", TWO.stub))
    assert found == {"ch05-one": (1,), "ch05-two": (1,)}


def test_an_answer_in_a_test_s_cell_is_found() -> None:
    merged = Cell(1, "def one(): ...\ncheck.equal(one(), 1)", "ch05-one-tests", grade=True)
    assert answers(merged)[0] == {"ch05-one": (1,)}


def test_a_scratch_copy_does_not_replace_an_answer() -> None:
    found, problems = answers(("ch05-one", "def one(): 1"), ("", "def one(): 2"))
    assert found["ch05-one"] == (1,) and len(problems) == 1


def test_a_half_written_answer_is_still_the_answer() -> None:
    found, _ = answers(("ch05-one", "def one(:"), ("ch05-two", "print(1)"))
    assert found == {"ch05-one": (1,), "ch05-two": (2,)}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from a import b as c, d\nimport e.f", "c d e"),
        ("x, (y, *z) = 1\nw: int = 3\nv: int", "x y z w"),
        ("if a:\n    def f(): g = 1\nelse:\n    class H: i = 1", "f H"),
        ("try:\n    j = 1\nexcept E:\n    k = 1\nfinally:\n    l = 1", "j k l"),
        ("%%time\n@njit\ndef f(): pass", "f"),
        ("async def f(): await x", "f"),
        ("def broken(:\n  pass\nclass C", "broken C"),
        ("\ud83d", ""),
    ],
)
def test_names_that_a_cell_binds(source: str, names: str) -> None:
    assert names_bound(source) == frozenset(names.split())
