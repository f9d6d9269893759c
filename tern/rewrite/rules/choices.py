"""Rules for comparisons and for what is chosen by them."""

from __future__ import annotations

from tern.rewrite.rule import rule

_SAME = {"eq": "true", "ne": "false"} | {
    sign + how: result
    for sign in "su"
    for how, result in (("le", "true"), ("ge", "true"), ("lt", "false"), ("gt", "false"))
}
"""What integers compare to that are equal."""

_ENDS = {
    "ult": ("0", "false"), "uge": ("0", "true"), "ugt": ("ones", "false"), "ule": ("ones", "true"),
    "slt": ("least", "false"), "sge": ("least", "true"),
    "sgt": ("greatest", "false"), "sle": ("greatest", "true"),
}  # fmt: skip
"""Comparisons that nothing changes: no number is beyond the ends."""

COMPARED = [
    *(rule("compare-itself", f"cmpi[{p}](x, x) -> {result}") for p, result in _SAME.items()),
    *(
        rule("compare-with-end", f"cmpi[{p}](x, {end}) -> {result}", benefit=2)
        for p, (end, result) in _ENDS.items()
    ),
    rule("compare-constant-right", "cmpi[p](C, x) -> cmpi[swapped(p)](x, C) if varies(x)"),
    rule("above-zero-unsigned", "cmpi[ugt](x, 0) -> cmpi[ne](x, 0)"),
    rule("not-above-zero-unsigned", "cmpi[ule](x, 0) -> cmpi[eq](x, 0)"),
    rule("below-one-unsigned", "cmpi[ult](x, 1) -> cmpi[eq](x, 0)"),
    rule("not-below-one-unsigned", "cmpi[uge](x, 1) -> cmpi[ne](x, 0)"),
    rule("is-true", "cmpi[eq](x, true) -> x", benefit=2),
    rule("is-not-false", "cmpi[ne](x, false) -> x", benefit=2),
    rule("is-false", "cmpi[eq](x, false) -> xori(x, true)", benefit=2),
    rule("is-not-true", "cmpi[ne](x, true) -> xori(x, true)", benefit=2),
    *(
        rule("compare-sum", f"cmpi[{p}](addi(x, C), D) -> cmpi[{p}](x, subi(D, C))")
        for p in ("eq", "ne")
    ),
    *(
        rule("compare-sums", f"cmpi[{p}](addi(x, z), addi(y, z)) -> cmpi[{p}](x, y)")
        for p in ("eq", "ne")
    ),
    *(
        rule("compare-difference", f"cmpi[{p}](subi(x, y), 0) -> cmpi[{p}](x, y)")
        for p in ("eq", "ne")
    ),
    *(
        rule("compare-exclusive-or", f"cmpi[{p}](xori(x, y), 0) -> cmpi[{p}](x, y)")
        for p in ("eq", "ne")
    ),
    rule("not-compared", "xori(cmpi[p](x, y), true) -> cmpi[negated(p)](x, y)"),
]

CHOSEN = [
    rule("choose-true", "select(true, x, _) -> x"),
    rule("choose-false", "select(false, _, x) -> x"),
    rule("choose-same", "select(_, x, x) -> x"),
    rule("choose-bits", "select(c: T, true, false): T -> c"),
    rule("choose-other-bits", "select(c: T, false, true): T -> xori(c, true)"),
    rule("choose-by-not", "select(xori(c, true), x, y) -> select(c, y, x)"),
    rule("choose-again", "select(c, select(c, x, _), y) -> select(c, x, y)"),
    rule("choose-again-other", "select(c, x, select(c, _, y)) -> select(c, x, y)"),
    rule("choose-equal", "select(cmpi[eq](x, y), x, y) -> y"),
    rule("choose-equal-other", "select(cmpi[eq](x, y), y, x) -> x"),
    rule("choose-different", "select(cmpi[ne](x, y), x, y) -> x"),
    rule("choose-different-other", "select(cmpi[ne](x, y), y, x) -> y"),
    *(
        rule("choose-lesser", f"select(cmpi[{sign}{how}](x, y), x, y) -> min{sign}i(x, y)")
        for sign in "su"
        for how in ("lt", "le")
    ),
    *(
        rule("choose-greater", f"select(cmpi[{sign}{how}](x, y), x, y) -> max{sign}i(x, y)")
        for sign in "su"
        for how in ("gt", "ge")
    ),
]

CHOICES = (*COMPARED, *CHOSEN)
