"""Formulas become MathML, and what the converter does not know is refused."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

pytest.importorskip("latex2mathml")

from book.ext.formulas import NAMESPACE, FormulaError, mathml


def parts(tex: str, name: str, display: bool = False) -> list[str]:
    """The texts of a formula's elements of one name."""
    made = ElementTree.fromstring(mathml(tex, display))
    return ["".join(each.itertext()) for each in made.iter(f"{{{NAMESPACE}}}{name}")]


def test_the_tex_goes_along() -> None:
    assert parts(r" \frac{a}{b} < 2 ", "annotation") == [r"\frac{a}{b} < 2"]


def test_bounds_of_a_sum_stand_above_it_on_a_line_of_its_own_alone() -> None:
    sum_over = r"\sum_{d=0}^{2} x_d"
    assert parts(sum_over, "munderover", display=True) and not parts(sum_over, "munderover")


def test_infinity_is_a_name_and_a_colon_is_none() -> None:
    assert parts(r"-\infty", "mi") == ["∞"]
    assert parts("i : j", "mi") == ["i", "j"] and parts("i : j", "mo") == [":"]


WRONG = (r"\unknown x", r"\frac{1}", r"\frac{1", r"x^", r"\left( x", "{")


@pytest.mark.parametrize("tex", WRONG)
def test_what_is_no_formula_is_refused(tex) -> None:
    with pytest.raises(FormulaError):
        mathml(tex)
