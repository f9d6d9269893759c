"""Shardings of a chain of products: the formulas against devices that send, the choice against all
plans."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from tern.workshop.xla import plan_bytes, read_module, reshard_bytes, shard, shardings
from tern.workshop.xla.collectives import sent_bytes
from tern.workshop.xla.devices import run_plan
from tern.workshop.xla.sharding import RESULTS

MESHES = [(2,), (3,), (4,), (2, 2), (2, 3)]


def steps(mesh: tuple[int, ...]) -> list[tuple[str, str]]:
    return [
        (before, "".join(after))
        for before in shardings(mesh)
        for after in itertools.product(*[RESULTS[how] for how in before])
    ]


def chain(rng: random.Random, mesh: tuple[int, ...], products: int) -> tuple:
    square = math.prod(mesh) ** 2
    rows = square * rng.choice((1, 2, 5))
    widths = [square * rng.choice((1, 2, 3)) for _ in range(products + 1)]
    ends = rng.choice(shardings(mesh)), rng.choice(shardings(mesh))
    return rows, widths, ends


def test_the_formulas_count_what_rings_send() -> None:
    rng = random.Random()
    for _ in range(120):
        mesh = rng.choice([(2,), (3,), (2, 2), (2, 3)])
        rows, widths, ends = chain(rng, mesh, rng.randint(1, 3))
        plan = [rng.choice(steps(mesh)) for _ in widths[1:]]
        draw = np.random.default_rng(rng.getrandbits(32)).integers
        x, *weights = (
            draw(-4, 5, shape).astype(np.float32)
            for shape in ((rows, widths[0]), *itertools.pairwise(widths))
        )
        found, devices = run_plan(mesh, x, weights, ends, plan)
        expected = x
        for weight in weights:
            expected = expected @ weight
        told = f"{mesh} {rows} {widths} {ends} {plan}"
        np.testing.assert_array_equal(found, expected, told)
        assert devices.sent == plan_bytes(mesh, rows, widths, ends, plan), told


@pytest.mark.parametrize("mesh", MESHES)
def test_no_plan_sends_less(mesh: tuple[int, ...]) -> None:
    rng = random.Random()
    for _ in range(8 if len(mesh) == 1 else 3):
        rows, widths, ends = chain(rng, mesh, 3 if len(mesh) == 1 else 2)
        plan = shard(mesh, rows, widths, ends)
        every = itertools.product(steps(mesh), repeat=len(widths) - 1)
        least = min(plan_bytes(mesh, rows, widths, ends, each) for each in every)
        assert plan_bytes(mesh, rows, widths, ends, plan) == least, (mesh, rows, widths, ends)


def test_plans_that_people_found() -> None:
    """Megatron's two halves of an MLP for few rows, sharded data for many."""
    mlp = [1024, 4096, 1024]
    assert shard((8,), 64, mlp, ("w", "r")) == [("w", "c"), ("c", "r")]
    assert shard((8,), 65536, mlp, ("r", "r")) == [("r", "r"), ("r", "r")]
    assert shard((4, 2), 8192, [4096, 16384, 4096], ("rw", "rw"))[0][0] in ("wr", "rw")


def test_a_long_chain() -> None:
    widths = [256, 1024] * 500 + [256]
    plan = shard((8,), 512, widths, ("r", "r"))
    assert len(plan) == 1000
    two = plan_bytes(
        (8,), 512, [256, 1024, 256], ("r", "r"), shard((8,), 512, widths[:3], ("r", "r"))
    )
    assert plan_bytes((8,), 512, widths, ("r", "r"), plan) <= 500 * two


def test_bytes_of_a_change() -> None:
    """4 devices, 1,600 bytes: of a whole array, each has 400 when it is split."""
    moved = {("w", "r"): 0, ("r", "w"): 1200, ("r", "c"): 300, ("c", "r"): 300, ("r", "r"): 0}
    for (before, after), expected in moved.items():
        assert reshard_bytes(1600, before, after, (4,)) == expected
    assert reshard_bytes(1600, "rw", "wr", (2, 2)) == 400  # first split further, then put together


@pytest.mark.parametrize(
    "plan, message",
    [
        ([("w", "c")], "1 steps for 2"),
        ([("w", "r"), ("r", "r")], "does not give a result in r"),
        ([("w", "c"), ("x", "r")], "'x' is not a sharding"),
        ([("ww", "cc"), ("cc", "rr")], "'ww' is not a sharding"),
    ],
)
def test_plans_that_are_none(plan: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan_bytes((4,), 16, [16, 16, 16], ("r", "r"), plan)


@pytest.mark.parametrize(
    "groups, size",
    [
        ("{{0,1,2,3}}", 4),
        ("{{0,1},{2,3}}", 2),
        ("[2,4]<=[8]", 4),
        ("[4,2]<=[2,4]T(1,0)", 2),
        ("mesh['axis_0'=4,'axis_1'=2] {'axis_0'}", 4),
        ("mesh['axis_0'=4,'axis_1'=2] {'axis_0','axis_1'}", 8),
    ],
)
def test_collectives_in_hlo(groups: str, size: int) -> None:
    text = f"""HloModule m
ENTRY e {{
  x = f32[8,4] parameter(0)
  g = f32[{8 * size},4] all-gather(x), replica_groups={groups}, dimensions={{0}}
  r = f32[8,4] all-reduce(x), replica_groups={groups}, to_apply=add
  ROOT t = (f32[{8 * size},4], f32[8,4]) tuple(g, r)
}}
"""
    expected = [("all-gather", 128 * (size - 1)), ("all-reduce", 256 * (size - 1) // size)]
    assert sent_bytes(read_module(text)) == expected
