"""The page on the language says what is so."""

from pathlib import Path

import pytest

from book.ext.language import Claim, claims, differences, examples, failures
from tern.conformance.permitted import PERMITTED

PAGE = (Path(__file__).parents[2] / "chapters" / "tern.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("program", "claim"),
    [(program, claim) for program, made in examples(PAGE) for claim in made],
    ids=lambda value: value.text if isinstance(value, Claim) else "",
)
def test_every_example_gives_what_the_page_says(program: str, claim: Claim) -> None:
    assert claim.holds(program), claim.found(program)


def test_there_are_as_many_examples_as_blocks() -> None:
    assert sum(1 for _ in examples(PAGE)) == PAGE.count("```{tern}") > 10


def test_an_example_that_is_not_so_is_found_out() -> None:
    program = "fn f(x: i32) -> i32 { return x / 2; }"
    held = [claim.holds(program) for claim in claims("f(5) = 2; f(5) = 3; f(5) fails: 2; wrong: f")]
    assert held == [True, False, False, False]
    with pytest.raises(ValueError, match="is not"):
        claims("f(5) is 2")


def test_the_differences_are_said_in_words() -> None:
    rows = differences()
    assert len(rows) == len(PERMITTED) > 20
    assert ("triton", "math.exp", "f32", "within 1 unit of the last place") in [r[:4] for r in rows]
    assert {row[3] for row in rows} >= {"has no form there", "a zero of either sign"}
    assert ("tvm", "division", "raises") in [row[:3] for row in failures()]
