"""Mutation becomes values: the same numbers, in results and in the arguments written to."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from tern.workshop.frameworks import (
    DataDependentError,
    FunctionalizeError,
    Program,
    functional,
    machine,
    make_graph,
)

VIEWS = ("{x}.t()", "{x}[0:2]", "{x}[:, 1:]", "{x}[::2]", "{x}[0:1, :]", "{x}.detach()")
WRITES = ("{x}.add_({y})", "{x}.mul_(2.0)", "{x}.copy_({y})", "{x}.sin_()", "{x}.sub_({x})")


def random_views(rng) -> Any:
    """A program that writes through views of its arguments and of each other."""
    names, lines = ["x", "y"], []
    for number in range(rng.randrange(3, 12)):
        x = rng.choice(names)
        if rng.random() < 0.5:
            lines.append(f"v{number} = {rng.choice(VIEWS).format(x=x)}")
            names.append(f"v{number}")
        elif rng.random() < 0.3:
            lines.append(f"v{number} = {x}.cos()")
            names.append(f"v{number}")
        else:
            y = f"{rng.choice(names)}.sum()"
            write = rng.choice(WRITES).format(x=x, y=y).replace("sin_()", "tanh_()")
            lines.append(write)
    body = "\n    ".join([*lines, f"return {', '.join(names)}"])
    return Program(f"def program(x, y):\n    {body}\n")


@pytest.mark.parametrize("seed", range(60), indirect=True)
def test_results_and_arguments_are_as_with_mutation(seed) -> None:
    program, here = random_views(random.Random(seed)), machine()
    draw = np.random.default_rng(seed).standard_normal
    inputs = [draw((3, 3)), draw((2, 4))]
    eager, other = ([each.copy() for each in inputs] for _ in range(2))
    expected = program(*map(here.tensor, eager))
    graph = make_graph(here, functional(program), *inputs)
    found = graph.run(here.operators, *map(here.tensor, other))
    for each, one in zip(found, expected):
        np.testing.assert_array_equal(np.asarray(each), one.data)
    for each, one in zip(other, eager):
        np.testing.assert_array_equal(each, one)
    written = [node for node in graph.calls if node.target.endswith("_")]
    assert all(node.target == "copy_" for node in written)
    assert graph.calls[len(graph.calls) - len(written) :] == written  # at the end


def test_a_write_to_a_stretched_view_is_refused() -> None:
    with pytest.raises(FunctionalizeError, match="broadcast_to"):
        functional(lambda x: x.expand(3, 2).add_(1.0))(machine().tensor(np.ones((1, 2))))


def test_a_program_that_asks_for_a_number_is_not_traced() -> None:
    for ask in (bool, float, int, np.asarray):
        with pytest.raises(DataDependentError):
            make_graph(machine(), lambda x: ask(x.sum()), np.ones(2))  # noqa: B023
