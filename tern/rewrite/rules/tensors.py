"""Rules for whole tensors: what moves elements, shapes them, or makes them all alike."""

from __future__ import annotations

from tern.rewrite.rule import rule

TRANSPOSED = [
    rule(
        "transpose-twice",
        "linalg.transpose[p](linalg.transpose[q](x, _), out)"
        " -> linalg.transpose[compose(q, p)](x, out)",
    ),
    rule("transpose-nothing", "linalg.transpose[p](x: T, _): T -> x if identity(p)", benefit=3),
]

BROADCAST = [
    rule(
        "broadcast-twice",
        "linalg.broadcast[d](linalg.broadcast[e](x, _), out)"
        " -> linalg.broadcast[spread(e, d)](x, out)",
    ),
    rule("broadcast-nothing", "linalg.broadcast[_](x: T, _): T -> x", benefit=3),
]

MOVED = [
    *(
        rule(f"{op}-filled", f"linalg.{op}[_](linalg.fill(v, _), out) -> linalg.fill(v, out)")
        for op in ("transpose", "broadcast")
    ),
    *(
        rule(f"{op}-splat", f"linalg.{op}[_](tensor.splat(v, _...), out) -> linalg.fill(v, out)")
        for op in ("transpose", "broadcast")
    ),
]
"""Of elements that are all alike it doesn't matter where they go."""

OVERWRITTEN = [
    rule("fill-again", "linalg.fill(v, linalg.fill(_, out)) -> linalg.fill(v, out)"),
    *(
        rule(
            f"{op}-into-filled", f"linalg.{op}[p](x, linalg.fill(_, out)) -> linalg.{op}[p](x, out)"
        )
        for op in ("transpose", "broadcast")
    ),
]
"""These write every element of their last operand, so what is there is only a shape."""

RESHAPED = [
    rule(
        "collapse-expanded",
        "tensor.collapse_shape[g](tensor.expand_shape[g](x: T, _...)): T -> x",
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
    *(
        rule(
            f"{op}-splat",
            f"tensor.{op}_shape[_](tensor.splat(v, _...), _...): S"
            " -> tensor.splat(v): S if known(S)",
        )
        for op in ("collapse", "expand")
    ),
    rule("cast-nothing", "tensor.cast(x: T): T -> x"),
    rule("concatenate-one", "tensor.concat[_](x: T): T -> x"),
]

BINARY = (
    "addf subf mulf divf maximumf minimumf addi subi muli andi ori xori maxsi minsi maxui minui"
).split()
UNARY = "negf absf exp log sqrt rsqrt tanh sin cos erf floor ceil roundeven absi".split()

SPLATS = [
    *(
        rule(
            "splats-together",
            f"{op}(tensor.splat(v, s...), tensor.splat(w, s...)): T"
            f" -> tensor.splat({op}(v, w), s...): T",
        )
        for op in BINARY
    ),
    *(
        rule("splat-computed", f"{op}(tensor.splat(v, s...)): T -> tensor.splat({op}(v), s...): T")
        for op in UNARY
    ),
    rule("only-element", "tensor.extract(tensor.splat(v)) -> v"),
]
"""Computed once, for all elements."""

TENSORS = (*TRANSPOSED, *BROADCAST, *MOVED, *OVERWRITTEN, *RESHAPED, *SPLATS)
