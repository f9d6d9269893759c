"""Narrowing: which elements are read, and that no other is computed. test_real_xla.py runs it."""

from __future__ import annotations

import random

import pytest

from tern.workshop.xla import Module, cost, narrow, random_slices, read_module
from tern.workshop.xla.regions import asked, whole


def entry(*lines: str) -> Module:
    head = """HloModule m
largest {
  a = f32[] parameter(0)
  b = f32[] parameter(1)
  ROOT c = f32[] maximum(a, b)
}
ENTRY e {
  x = f32[8,6] parameter(0)
  w = f32[6,5] parameter(1)
  v = f32[6] parameter(2)
  z = f32[] constant(0)
"""
    body = "".join(f"  {line}\n" for line in lines[:-1])
    return read_module(f"{head}{body}  ROOT {lines[-1]}\n}}\n")


def work(module: Module) -> int:
    costs = cost(module)
    return costs["flops"] + costs["transcendentals"]


@pytest.mark.parametrize(
    "lines, before, after",
    [
        (["a = f32[8,6] exponential(x)", "b = f32[2,3] slice(a), slice={[1:3], [3:6]}"], 48, 6),
        (
            [
                "d = f32[8,5] dot(x, w), lhs_contracting_dims={1}, rhs_contracting_dims={0}",
                "b = f32[1,5] slice(d), slice={[7:8], [0:5]}",
            ],
            480,
            60,
        ),
        (
            [
                "r = f32[8] reduce(x, z), dimensions={1}, to_apply=largest",
                "b = f32[3] slice(r), slice={[0:3]}",
            ],
            40,
            15,
        ),
        (  # two pieces, far from each other
            [
                "a = f32[8,6] tanh(x)",
                "b = f32[1,6] slice(a), slice={[0:1], [0:6]}",
                "c = f32[1,6] slice(a), slice={[7:8], [0:6]}",
                "d = f32[1,6] add(b, c)",
            ],
            54,
            18,
        ),
        (  # two that overlap are one
            [
                "a = f32[6] tanh(v)",
                "b = f32[5] slice(a), slice={[0:5]}",
                "c = f32[5] slice(a), slice={[1:6]}",
                "d = f32[5] add(b, c)",
            ],
            11,
            11,
        ),
        (  # half of a concatenate isn't needed, and nothing of what it's of
            [
                "a = f32[8,6] tanh(x)",
                "b = f32[8,6] exponential(x)",
                "c = f32[16,6] concatenate(a, b), dimensions={0}",
                "d = f32[4,6] slice(c), slice={[2:6], [0:6]}",
            ],
            96,
            24,
        ),
        (  # all padding
            [
                "a = f32[8,6] tanh(x)",
                "c = f32[12,6] pad(a, z), padding=0_4x0_0",
                "d = f32[2,6] slice(c), slice={[9:11], [0:6]}",
            ],
            48,
            0,
        ),
        (  # a reverse, a transpose, a broadcast, and a slice with steps
            [
                "a = f32[6] tanh(v)",
                "b = f32[8,6] broadcast(a), dimensions={1}",
                "c = f32[6,8] transpose(b), dimensions={1,0}",
                "d = f32[6,8] reverse(c), dimensions={0}",
                "e = f32[2,8] slice(d), slice={[0:3:2], [0:8]}",
                "f = f32[2,8] negate(e)",
            ],
            22,
            19,
        ),
        (  # of a convert to the same bits, all
            ["a = s32[8,6] bitcast-convert(x)", "b = s32[1,6] slice(a), slice={[0:1], [0:6]}"],
            48,
            48,
        ),
        (["a = f32[8,6] exponential(x)"], 48, 48),
    ],
)
def test_work_before_and_after(lines: list[str], before: int, after: int) -> None:
    module = entry(*lines)
    assert work(module) == before
    new = narrow(module)
    assert work(new) == after
    assert work(narrow(new)) == after
    assert str(read_module(str(new))) == str(new)


def test_parameters_stay() -> None:
    new = narrow(entry("a = f32[6] negate(v)"))
    assert [each.name for each in new.entry.parameters()] == ["x", "w", "v"]


def test_never_more_work() -> None:
    rng, before, after = random.Random(), 0, 0
    for _ in range(200):
        module = random_slices(rng, 25)
        new = narrow(module)
        assert work(new) <= work(module), str(module)
        before, after = before + work(module), after + work(new)
    assert after < before / 2


def test_what_is_asked_of_operands_fits_into_them() -> None:
    rng = random.Random()
    for _ in range(50):
        computation = random_slices(rng, 25).entry
        for each in computation:
            if each.opcode in ("parameter", "constant", "tuple"):
                continue
            for operand, box in zip(each.operands, asked(each, whole(each), computation)):
                extents = computation[operand].array.dimensions
                assert len(box) == len(extents), str(each)
                assert all(0 <= a <= b <= n for (a, b), n in zip(box, extents)), str(each)
