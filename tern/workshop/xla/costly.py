"""Texts of modules that cost something: fifty kinds, each with random sizes."""

from __future__ import annotations

import random
from collections.abc import Callable

HEAD = """HloModule m
add {
  a = f32[] parameter(0)
  b = f32[] parameter(1)
  ROOT c = f32[] add(a, b)
}
squares {
  a = f32[] parameter(0)
  b = f32[] parameter(1)
  d = f32[] exponential(b)
  e = f32[] multiply(d, d)
  ROOT c = f32[] add(a, e)
}
inside {
  p = f32[%(n)d,%(m)d] parameter(0)
  q = f32[%(m)d] parameter(1)
  b = f32[%(n)d,%(m)d] broadcast(q), dimensions={1}
  s = f32[1,%(m)d] slice(p), slice={[0:1], [0:%(m)d]}
  w = f32[%(m)d] reshape(s)
  v = f32[%(n)d,%(m)d] broadcast(w), dimensions={1}
  u = f32[%(n)d,%(m)d] add(p, v)
  t = f32[%(n)d,%(m)d] tanh(u)
  ROOT r = f32[%(n)d,%(m)d] multiply(t, b)
}
ENTRY e {
  x = f32[%(n)d,%(m)d] parameter(0)
  y = f32[%(n)d,%(m)d] parameter(1)
  v = f32[%(m)d] parameter(2)
  p = pred[%(n)d,%(m)d] parameter(3)
  i = s32[%(n)d,%(m)d] parameter(4)
  h = f16[%(n)d,%(m)d] parameter(5)
  z = f32[] constant(0)
  ROOT r = """
UNARY = "negate abs exponential log logistic tanh sine cosine sqrt rsqrt cbrt sign floor erf copy"
BINARY = "add subtract multiply divide maximum minimum power remainder atan2"
OTHERS = [
    "pred[%(n)d,%(m)d] compare(x, y), direction=LT",
    "f32[%(n)d,%(m)d] select(p, x, y)",
    "f32[%(n)d,%(m)d] clamp(z, x, z)",
    "s32[%(n)d,%(m)d] convert(x)",
    "s32[%(n)d,%(m)d] multiply(i, i)",
    "pred[%(n)d,%(m)d] and(p, p)",
    "f16[%(n)d,%(m)d] exponential(h)",
    "f32[%(n)d,%(m)d] broadcast(v), dimensions={1}",
    "f32[%(m)d,%(n)d] transpose(x), dimensions={1,0}",
    "f32[%(m)d,%(n)d]{0,1} transpose(x), dimensions={1,0}",
    "f32[%(nm)d] reshape(x)",
    "f32[%(n)d,%(m)d] iota(), iota_dimension=0",
    "f32[1,%(m)d] slice(x), slice={[0:1], [0:%(m)d]}",
    "f32[%(n)d,%(mm)d] concatenate(x, y), dimensions={1}",
    "f32[%(n)d,%(m)d] reverse(x), dimensions={0}",
    "f32[%(n)d] reduce(x, z), dimensions={1}, to_apply=add",
    "f32[] reduce(x, z), dimensions={0,1}, to_apply=squares",
    "f32[%(n)d,%(m)d] reduce-window(x, z), window={size=3x3 pad=1_1x1_1}, to_apply=add",
    "f32[%(n)d] dot(x, v), lhs_contracting_dims={1}, rhs_contracting_dims={0}",
    "f32[%(n)d,%(n)d] dot(x, y), lhs_contracting_dims={1}, rhs_contracting_dims={1}",
    "f32[%(n)d] dot(x, y), lhs_batch_dims={0}, rhs_batch_dims={0}, lhs_contracting_dims={1}, "
    "rhs_contracting_dims={1}",
    "f32[%(n)d,%(m)d,%(m)d] dot(x, y), lhs_batch_dims={0}, rhs_batch_dims={0}",
    "(f32[%(n)d,%(m)d], f32[%(m)d]) tuple(x, v)",
    "f32[%(n)d,%(m)d] fusion(x, v), kind=kLoop, calls=inside",
    "f32[] call(z, z), to_apply=squares",
]


def texts(rng: random.Random) -> list[str]:
    """One module of each kind."""
    lines = [f"f32[%(n)d,%(m)d] {each}(x)" for each in UNARY.split()]
    lines += [f"f32[%(n)d,%(m)d] {each}(x, y)" for each in BINARY.split()] + OTHERS
    found = []
    for line in lines:
        n, m = rng.randint(1, 9), rng.randint(2, 9)
        sizes = {"n": n, "m": m, "nm": n * m, "mm": 2 * m}
        found.append((HEAD + line) % sizes + "\n}\n")
    return found + [convolution(rng) for _ in range(12)]


def convolution(rng: random.Random) -> str:
    """A convolution of an image [batch, y, x, features], with padding, strides, and holes."""
    while True:
        sizes, image = [rng.randint(1, 4) for _ in "yx"], [rng.randint(3, 9) for _ in "yx"]
        moves = [[rng.randint(1, 3) for _ in "yx"] for _ in range(3)]
        pads = [(rng.randint(-1, 3), rng.randint(-1, 3)) for _ in "yx"]
        out = []
        for axis in range(2):
            stride, hole, inner = (each[axis] for each in moves)
            whole = (image[axis] - 1) * hole + 1 + sum(pads[axis])
            out.append((whole - ((sizes[axis] - 1) * inner + 1)) // stride + 1)
        if min(out) > 0:
            break
    groups = rng.choice([1, 1, 2, 3])
    batches = rng.choice([1, 2]) if groups == 1 else 1
    features, results, batch = groups * rng.randint(1, 3), groups * batches * rng.randint(1, 3), 2
    joined: Callable = lambda each: "x".join(map(str, each))  # noqa: E731
    window = f"size={joined(sizes)} stride={joined(moves[0])} "
    window += f"pad={'x'.join(f'{low}_{high}' for low, high in pads)} "
    window += f"lhs_dilate={joined(moves[1])} rhs_dilate={joined(moves[2])}"
    shapes = [
        (batch, *image, features),
        (*sizes, features // groups, results),
        (batch // batches, *out, results),
    ]
    x, w, r = (f"f32[{','.join(map(str, shape))}]" for shape in shapes)
    return (
        f"HloModule m\nENTRY e {{\n  x = {x} parameter(0)\n  w = {w} parameter(1)\n"
        f"  ROOT r = {r} convolution(x, w), window={{{window}}}, dim_labels=b01f_01io->b01f, "
        f"feature_group_count={groups}, batch_group_count={batches}\n}}\n"
    )
