"""Two dozen rules of the kind that every compiler has: small, and each of them true."""

from __future__ import annotations

from tern.parts import part
from tern.rewrite import Rule, rule


@part("workshop.rewriting.peepholes")
def peepholes() -> list[Rule]:
    """Rules that leave few operations of the programs in SUITE, 40 of them at most.

    Each holds to the last bit for all types that it is about: integers of any width, single bits
    among them, floats of any format with -0.0, infinities, and NaN, and tensors of these. Where an
    operation fails, what takes its place fails, too. In whatever order the rules apply, they end.
    """
    integers = [
        rule("add-zero", "addi(x, 0) -> x"),
        rule("subtract-zero", "subi(x, 0) -> x"),
        rule("multiply-by-one", "muli(x, 1) -> x"),
        rule("shift-by-zero", "shli(x, 0) -> x"),
        rule("subtract-itself", "subi(x, x) -> 0"),
        rule("and-itself", "andi(x, x) -> x"),
        rule("xor-back", "xori(xori(x, y), y) -> x"),
        rule("constant-right", "addi(C, x) -> addi(x, C) if varies(x)"),
        rule("sums-together", "addi(addi(x, C), D) -> addi(x, addi(C, D))"),
        rule("products-together", "muli(muli(x, C), D) -> muli(x, muli(C, D))"),
        rule("choose-same", "select(_, x, x) -> x"),
        rule("choose-bits", "select(c: T, true, false): T -> c"),
    ]
    floats = [
        rule("add-minus-zero", "addf(x, -0.0) -> x"),
        rule("multiply-float-by-one", "mulf(x, 1.0) -> x"),
        rule("divide-float-by-one", "divf(x, 1.0) -> x"),
        rule("negate-twice", "negf(negf(x)) -> x"),
        rule("absolute-negated", "absf(negf(x)) -> absf(x)"),
        rule("widen-and-narrow", "truncf(extf(x: T)): T -> x"),
    ]
    tensors = [
        rule(
            "transpose-twice",
            "linalg.transpose[p](linalg.transpose[q](x, _), out)"
            " -> linalg.transpose[compose(q, p)](x, out)",
        ),
        rule("transpose-nothing", "linalg.transpose[p](x: T, _): T -> x if identity(p)", benefit=2),
        rule(
            "collapse-expanded",
            "tensor.collapse_shape[g](tensor.expand_shape[g](x: T, _...)): T -> x",
        ),
        rule("cast-nothing", "tensor.cast(x: T): T -> x"),
    ]
    return integers + floats + tensors
