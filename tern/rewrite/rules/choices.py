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
    rule("is-true", "cmpi[eq](x, true) -> x", benefit=2),
    rule("is-not-false", "cmpi[ne](x, false) -> x", benefit=2),
    rule("is-false", "cmpi[eq](x, false) -> xori(x, true)", benefit=2),
    rule("is-not-true", "cmpi[ne](x, true) -> xori(x, true)", benefit=2),
    *(
        rule("compare-sum", f"cmpi[{p}](addi(x, C), D) -> cmpi[{p}](x, subi(D, C))")
        for p in ("eq", "ne")
    ),
    *(
        rule("compare-exclusive-or", f"cmpi[{p}](xori(x, C), D) -> cmpi[{p}](x, xori(C, D))")
        for p in ("eq", "ne")
    ),
    *(
        rule("compare-from-constant", f"cmpi[{p}](subi(C, x), D) -> cmpi[{p}](x, subi(C, D))")
        for p in ("eq", "ne")
    ),
    *(
        rule(
            "compare-difference",
            f"cmpi[{p}]({op}(x, y), 0) -> cmpi[{p}](x, y) if wide(x), varies(x)",
        )
        for p in ("eq", "ne")
        for op in ("subi", "xori")
    ),
    *(
        rule("compare-with-part", f"cmpi[{p}]({op}, y) -> cmpi[{p}](x, 0) if wide(x)")
        for p in ("eq", "ne")
        for op in ("addi(x, y)", "xori(x, y)", "subi(y, x)")
    ),
    rule("not-compared", "xori(cmpi[p](x, y), true) -> cmpi[negated(p)](x, y)"),
]

_OTHER = {"ne": "eq"} | {
    sign + how: sign + opposite for sign in "su" for how, opposite in (("le", "gt"), ("ge", "lt"))
}
_UNORDERED = {
    "une": "oeq", "uge": "olt", "ule": "ogt", "ugt": "ole", "ult": "oge", "ueq": "one",
    "uno": "ord",
}  # fmt: skip

CHOSEN = [
    rule("choose-true", "select(true, x, _) -> x"),
    rule("choose-false", "select(false, _, x) -> x"),
    rule("choose-same", "select(_, x, x) -> x"),
    rule("choose-bits", "select(c: T, true, false): T -> c"),
    rule("choose-other-bits", "select(c: T, false, true): T -> xori(c, true)"),
    rule("choose-by-not", "select(xori(c, true), x, y) -> select(c, y, x)"),
    rule("choose-again", "select(c, select(c, x, _), y) -> select(c, x, y)"),
    rule("choose-again-other", "select(c, x, select(c, _, y)) -> select(c, x, y)"),
    rule("choose-equal", "select(cmpi[eq](x, y), x, y) -> y if wide(x)"),
    rule("choose-equal-other", "select(cmpi[eq](x, y), y, x) -> x if wide(x)"),
    rule("choose-different", "select(cmpi[ne](x, y), x, y) -> x if wide(x)"),
    rule("choose-different-other", "select(cmpi[ne](x, y), y, x) -> y if wide(x)"),
    *(
        rule(
            "choose-less",
            f"select(cmpi[{sign}{how}](x, y), {arms}) -> {best}{sign}i(x, y) if wide(x)",
        )
        for sign in "su"
        for hows, names in (("lt le", ("min", "max")), ("gt ge", ("max", "min")))
        for how in hows.split()
        for arms, best in zip(("x, y", "y, x"), names)
    ),
    *(
        rule(
            "choose-by-opposite", f"select(cmpi[{p}](x, y), a, b) -> select(cmpi[{q}](x, y), b, a)"
        )
        for p, q in _OTHER.items()
    ),
    *(
        rule(
            "choose-by-opposite", f"select(cmpf[{p}](x, y), a, b) -> select(cmpf[{q}](x, y), b, a)"
        )
        for p, q in _UNORDERED.items()
    ),
]

CHOICES = (*COMPARED, *CHOSEN)
