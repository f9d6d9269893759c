"""The rules of rewrites: what a rewritten module may not be."""

from __future__ import annotations

import random

import pytest

from tern.workshop.xla import narrow, random_slices, read_module, rewrite_mistake
from tern.workshop.xla.networks import recorded

TEXT = """HloModule m
sum {
  a = f32[] parameter(0)
  b = f32[] parameter(1)
  ROOT c = f32[] add(a, b)
}
ENTRY e {
  x = f32[8,4] parameter(0)
  w = f32[4,4] parameter(1)
  z = f32[] constant(0)
  d = f32[8,4] dot(x, w), lhs_contracting_dims={1}, rhs_contracting_dims={0}
  ROOT r = f32[8] reduce(d, z), dimensions={1}, to_apply=sum
}
"""
MODULE = read_module(TEXT)


@pytest.mark.parametrize("number", range(10))
def test_the_book_keeps_to_them(number: int) -> None:
    seed = random.randrange(1 << 30)  # an unseen one each time; a failure shows it
    module = random_slices(random.Random(seed), 30)
    assert rewrite_mistake(module, module) == rewrite_mistake(module, narrow(module)) == ""


def test_networks_do_too() -> None:
    for texts in recorded().values():
        module = texts["lowered"]
        assert rewrite_mistake(module, narrow(module)) == ""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("w = f32[4,4] parameter(1)", "w = f32[4,4] broadcast(), dimensions={}", "parameters are"),
        ("w = f32[4,4] parameter(1)", "w = f32[4,5] parameter(1)", "parameters are"),
        ("w = f32[4,4] parameter(1)", "w = f32[4,4] parameter(x)", "parameters are"),
        ("add(a, b)", "subtract(a, b)", "the computation sum is new, or not what it was"),
        ("sum {", "other {\n  ROOT a = f32[] parameter(0)\n}\nsum {", "computation other is new"),
        ("z = ", "v = f32[8,4] while(x), condition=sum, body=sum\n  z = ", "v is a while, and"),
        ("z = ", "v = f32[8,4] custom-call(x)\n  z = ", "v is a custom-call, and"),
        ("z = ", "v = f32[8,4] exponential(x)\n  z = ", "v is a exponential, and"),
        ("z = ", "v = f32[9,4] pad(x, x), padding=0_1x0_0\n  z = ", "v has 36 elements, and no"),
        ("z = ", 'v = f32[1] copy(x), a="{"\n  z = ', "of v is no plain value"),
        ("dims={0}", "dims={0} v = f32[8,4] while(x)", "of d is no plain value"),
        ("constant(0)", "constant((0))", "of z is no plain value"),
        (
            "z = ",
            "\n".join(f"v{n} = f32[] copy(z)" for n in range(50)).replace("z", "w") + "\n  z = ",
            "there are 55 instructions, and were 5",
        ),
        (
            "z = ",
            "\n".join(f"v{n} = f32[8,4] copy(x)" for n in range(30)) + "\n  z = ",
            "all arrays together have 1,049 elements, and had 89",
        ),
    ],
)
def test_what_breaks_them(old: str, new: str, says: str) -> None:
    assert says in rewrite_mistake(MODULE, read_module(TEXT.replace(old, new)))


@pytest.mark.parametrize(
    "new",
    [
        "v = f32[1,4] slice(x), slice={[0:1], [0:4]}",
        "v = f32[8,4] broadcast(z), dimensions={}",
        "v = f32[8,1] dot(x, w), lhs_contracting_dims={1}, rhs_contracting_dims={0}",
    ],
)
def test_what_does_not(new: str) -> None:
    made = read_module(TEXT.replace("  ROOT r", f"  {new}\n  ROOT r"))
    assert rewrite_mistake(MODULE, made) == ""
