"""The page's rules: which of them are wrong, and that the counterexample is one."""

from __future__ import annotations

import pytest

from tern.workshop.llvm.rules import RULES, tried
from tern.workshop.llvm.verdict import verdict

RIGHT = ("x * 2  →  x << 1, keep nsw", "(x << 3) lshr 3  →  x & 31")


@pytest.mark.parametrize("rule", RULES)
def test_only_the_two_right_rules_have_no_counterexample(rule: str) -> None:
    assert (tried(rule).example == "none") == (rule in RIGHT)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in RIGHT])
def test_the_other_evaluator_agrees_with_the_counterexample(rule: str) -> None:
    found = tried(rule)
    values = dict(part.split(" = ") for part in found.example.split(", "))
    given = "".join(
        f"%{name} = select i1 true, i8 {value}, i8 0\n" for name, value in values.items()
    )
    said = [verdict(f"define i8 @f() {{\n{given}{body}\nret i8 %r\n}}", []) for body in RULES[rule]]
    expected = ["any" if "one of" in text else text for text in (found.was, found.now)]
    if "undef" in found.example:  # both are many numbers: of a sum of two uses all, of twice x half
        assert said == ["any", "any"]
    else:
        assert said == expected
