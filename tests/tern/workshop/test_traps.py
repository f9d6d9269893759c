"""The traps: tern's own passes avoid them, and who is too clever falls into one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tern.ir import Operation, outcome, parse, run, verify
from tern.passes.hoist import licm
from tern.passes.pipeline import PASSES, optimize
from tern.workshop.validation import traps


@pytest.mark.rotates(2)
@pytest.mark.parametrize("name", [*PASSES])
def test_no_pass_falls(name: str) -> None:
    assert traps.first_fall(PASSES[name].run) is None


def test_all_of_them_do_not_fall() -> None:
    assert traps.first_fall(optimize) is None


def reverse(name: str, least: int = 0) -> Callable[[Operation], None]:
    """A pass that turns the operands around where there are so many operations of a name."""

    def change(module: Operation) -> None:
        found = [op for op in module.walk() if op.name == name]
        for op in found if len(found) > least else ():
            op.operands = op.operands[::-1]

    return change


def endless_loops_end(module: Operation) -> None:
    """Leads past the loop of one function."""
    for func in module.body.blocks[0].operations:
        if func.attributes["sym_name"] == "two_at_a_time":
            func.body.blocks[0].terminator.successors = [(func.body.blocks[-1], [])]


FALLS = {
    "on integers": reverse("arith.subi"),
    "two zeros": reverse("arith.divf"),
    "as right as a small one": reverse("arith.subi", least=100),
    "ends for sure": endless_loops_end,
}


@pytest.mark.parametrize("why", FALLS)
def test_who_falls_is_told(why: str) -> None:
    fall = traps.first_fall(FALLS[why])
    assert fall is not None and why in fall.why and "before" in fall.told


def test_every_call_comes_to_something() -> None:
    for trap in traps.all_traps():
        module = parse(trap.text)
        verify(module)
        assert trap.calls and trap.why
        for name, arguments in trap.calls:
            assert outcome(module, name, *arguments, max_steps=2_000).ended


def test_what_a_region_captures_stays_with_it() -> None:
    module = parse(traps.CAPTURED)
    before = run(module, "captured", np.arange(4, dtype=np.float32), 3)
    licm(module)
    verify(module)
    after = run(module, "captured", np.arange(4, dtype=np.float32), 3)
    assert np.array_equal(before, after)
