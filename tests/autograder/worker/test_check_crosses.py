"""Types, guards, contexts, and checked programs cross between judge and worker."""

from __future__ import annotations

import random
from typing import Any

import pytest

from autograder.worker import codecs, wire
from tern.check import Checked, check, infer
from tern.check.samples import alone, correct, read_type
from tern.shapes import Guard
from tern.text import Source, parse, tree
from tern.types import SCALARS, TensorType, f32

codecs.register_tern()


def crossed(value: Any) -> Any:
    return wire.Encoded.of(value).decode()


@pytest.mark.parametrize("text", ["f32[n, 4]", "bool", "u8[m + n + 2]", "i64[n]"])
def test_types_arrive(text) -> None:
    assert crossed(read_type(text)) == read_type(text)


def test_every_element_type_arrives_and_unknown_sizes_do() -> None:
    for element in SCALARS:
        for type_ in (element, TensorType((None, "n", 0), element)):
            assert crossed(type_) == type_


@pytest.mark.parametrize("shape", [("no name",), ("n", "a b"), (-1,), ("m}x{n",)])
def test_what_is_not_a_type_does_not_leave(shape) -> None:
    with pytest.raises(wire.Unsendable, match="no type of tern's"):
        crossed(TensorType(shape, f32))


def test_guards_arrive() -> None:
    guard = Guard((1, 0), ((0, 1),), 2)
    assert crossed([guard]) == [guard] and type(crossed(guard)) is Guard


def test_a_context_arrives_with_what_was_found_and_goes_back() -> None:
    expression, mine = alone("(x + y) * q - k", x="f32[n]", y="f32[m]", k="i32")
    theirs = crossed(mine)
    infer(crossed(expression), theirs)
    assert len(theirs.errors.found) == 1 and theirs.recorded
    wire.assign(mine, crossed(theirs))
    assert mine.recorded == theirs.recorded
    assert [str(e) for e in mine.errors.found] == [str(e) for e in theirs.errors.found]
    with pytest.raises(ValueError, match="another text"):
        wire.assign(mine, alone("x")[1])


def facts(checked: Checked) -> list[tuple]:
    found = []
    roots = [checked.tree, *(each.function for each in checked.instances)]
    for node in (node for root in roots for node in tree.walk(root)):
        variable = checked.variables.get(id(node))
        its = variable and (variable.name, variable.type, variable.span, variable.assigned)
        found.append((checked.types.get(id(node)), its, checked.callees.get(id(node))))
    return found


def test_a_checked_program_arrives_with_its_types_and_variables() -> None:
    for seed in range(5):
        text = correct(random.Random(seed)).text() + "fn g(x: f32[n, m]) -> f32[n, m] { "
        checked = check(parse(Source(text + "return softmax(x); }", brackets=True)))
        arrived = crossed(checked)
        assert facts(arrived) == facts(checked)
        assert [s.parameters for s in arrived.functions] == [
            s.parameters for s in checked.functions
        ]
