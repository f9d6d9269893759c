"""What the definitions say of an operation's algebra is so, on the numbers at which it matters."""

import itertools

import pytest

from tern.conformance.cases import Case, cases, edges
from tern.ir import DEFINITIONS, evaluator
from tern.numbers import same
from tern.types import i1


def named(fact: str) -> list[Case]:
    """The cases of the operations that have a fact."""
    return [case for case in cases() if getattr(DEFINITIONS[case.name], fact)]


@pytest.mark.parametrize("case", named("commutative"), ids=str)
def test_operands_trade_places(case: Case) -> None:
    compute = evaluator(case.operation())
    for a, b in itertools.product(edges(case.result), repeat=2):
        assert same(compute(a, b), compute(b, a)), (a, b)


@pytest.mark.parametrize("case", named("neutral"), ids=str)
def test_a_neutral_number_changes_nothing(case: Case) -> None:
    definition, compute = DEFINITIONS[case.name], evaluator(case.operation())
    assert definition.neutral is not None
    nothing = definition.neutral(case.result)
    for a in edges(case.result):
        assert same(compute(a, nothing), a), a
        if definition.commutative:
            assert same(compute(nothing, a), a), a


@pytest.mark.parametrize("case", [c for c in named("on_bits") if c.result == i1], ids=str)
def test_on_single_bits_it_is_the_bitwise_operation(case: Case) -> None:
    compute = evaluator(case.operation())
    bitwise = evaluator(Case(DEFINITIONS[case.name].on_bits, (i1, i1), i1).operation())
    for a, b in itertools.product(edges(i1), repeat=2):
        assert compute(a, b) is bitwise(a, b)
