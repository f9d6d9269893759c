"""Rules for whole tensors: what moves elements, shapes them, or makes them all alike."""

from __future__ import annotations

from tern.ir import DEFINITIONS
from tern.rewrite.rule import rule

TRANSPOSED = [
    rule(
        "transpose-twice",
        "linalg.transpose[p](linalg.transpose[q](x, _), out)"
        " -> linalg.transpose[compose(q, p)](x, out)",
    ),
    rule("transpose-nothing", "linalg.transpose[p](x: T, _): T -> x if identity(p)", benefit=3),
    rule("transpose-filled", "linalg.transpose[_](linalg.fill(v, _), out) -> linalg.fill(v, out)"),
    rule(
        "transpose-splat", "linalg.transpose[_](tensor.splat(v, _...), out) -> linalg.fill(v, out)"
    ),
]

BROADCAST = [
    rule(
        "broadcast-twice",
        "linalg.broadcast[d](linalg.broadcast[e](x, _), out)"
        " -> linalg.broadcast[spread(e, d)](x, out)",
    ),
    rule("broadcast-nothing", "linalg.broadcast[d](x: T, _): T -> x if identity(d)", benefit=3),
    rule("broadcast-filled", "linalg.broadcast[_](linalg.fill(v, _), out) -> linalg.fill(v, out)"),
    rule(
        "broadcast-splat", "linalg.broadcast[_](tensor.splat(v, _...), out) -> linalg.fill(v, out)"
    ),
]

OVERWRITTEN = [
    rule("fill-again", "linalg.fill(v, linalg.fill(_, out)) -> linalg.fill(v, out)"),
    *(
        rule(
            "fill-overwritten", f"linalg.{op}[p](x, linalg.fill(_, out)) -> linalg.{op}[p](x, out)"
        )
        for op in ("transpose", "broadcast")
    ),
]
"""These write every element of their last operand, so what is there is only a shape."""

RESHAPED = [
    rule(
        "collapse-expanded", "tensor.collapse_shape[g](tensor.expand_shape[g](x: T, _...)): T -> x"
    ),
    rule(
        "expand-collapsed",
        "tensor.expand_shape[g](tensor.collapse_shape[g](x: T), _...): T -> x if single(g, T)",
    ),
    rule(
        "collapse-twice",
        "tensor.collapse_shape[g](tensor.collapse_shape[h](x)): S"
        " -> tensor.collapse_shape[grouped(h, g)](x): S",
    ),
    rule(
        "expand-twice",
        "tensor.expand_shape[g](tensor.expand_shape[h](x, _...), s...): S"
        " -> tensor.expand_shape[grouped(g, h)](x, s...): S",
    ),
    rule("cast-nothing", "tensor.cast(x: T): T -> x"),
    rule(
        "collapse-splat",
        "tensor.collapse_shape[_](tensor.splat(v)): S -> tensor.splat(v): S if known(S)",
    ),
    rule(
        "expand-splat",
        "tensor.expand_shape[_](tensor.splat(v)): S -> tensor.splat(v): S if known(S)",
    ),
]

_BINARY = sorted(
    name
    for name, each in DEFINITIONS.items()
    if name
    in "arith.addf arith.subf arith.mulf arith.divf arith.maximumf arith.minimumf "
    "arith.addi arith.subi arith.muli arith.andi arith.ori arith.xori arith.maxsi arith.minsi".split()
)

SPLATS = [
    *(
        rule(
            "splats-together",
            f"{op}(tensor.splat(v, s...), tensor.splat(w, s...)): T -> tensor.splat({op}(v, w), s...): T",
        )
        for op in _BINARY
    ),
    *(
        rule("splat-computed", f"{op}(tensor.splat(v, s...)): T -> tensor.splat({op}(v), s...): T")
        for op in ("arith.negf", "math.absf", "math.exp", "math.sqrt", "math.rsqrt", "math.tanh")
    ),
    rule("only-element", "tensor.extract(tensor.splat(v)) -> v"),
]

JOINED = [
    rule("concat-one", "tensor.concat[_](x: T): T -> x"),
]

TENSORS = (*TRANSPOSED, *BROADCAST, *OVERWRITTEN, *RESHAPED, *SPLATS, *JOINED)
