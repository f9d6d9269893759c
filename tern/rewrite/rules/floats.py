"""Rules for floating-point numbers that hold to the last bit, NaN, infinities, and -0.0 included;
and those that don't, each behind the flag of what it needs.

What is missing here is missing for a reason. x + 0.0 is not x, if x is -0.0. x * 0.0 is not 0.0,
nor is x - x, if x is infinite or NaN. The lesser of x and the greater of x and y is not x, if y is
NaN. (x + y) - y is what rounding left of x. And x to the power 0.0 is 1.0 even if x is NaN, but not
if it is a signaling one.
"""

from __future__ import annotations

from tern.rewrite.rule import rule

EXACT = [
    rule("add-minus-zero", "addf(x, -0.0) -> x"),
    rule("subtract-positive-zero", "subf(x, 0.0) -> x"),
    rule("multiply-by-one", "mulf(x, 1.0) -> x"),
    rule("divide-by-one", "divf(x, 1.0) -> x"),
    rule("max-minus-infinity", "maximumf(x, -inf) -> x"),
    rule("min-infinity", "minimumf(x, inf) -> x"),
    rule("max-itself", "maximumf(x, x) -> x"),
    rule("min-itself", "minimumf(x, x) -> x"),
    rule("max-again", "maximumf(maximumf(x, y), y) -> maximumf(x, y)"),
    rule("min-again", "minimumf(minimumf(x, y), y) -> minimumf(x, y)"),
    rule("max-together", "maximumf(maximumf(x, C), D) -> maximumf(x, maximumf(C, D))"),
    rule("min-together", "minimumf(minimumf(x, C), D) -> minimumf(x, minimumf(C, D))"),
    rule("divide-by-power-of-two", "divf(x, C) -> mulf(x, divf(1.0, C)) if power_of_two(C)"),
    rule("power-one", "powf(x, 1.0) -> x"),
    rule("multiply-add-once", "fma(x, 1.0, y) -> addf(x, y)"),
    rule("multiply-add-nothing", "fma(x, y, -0.0) -> mulf(x, y)"),
    *(rule("round-twice", f"{f}({f}(x)) -> {f}(x)") for f in ("floor", "ceil", "roundeven")),
]

SIGNS = [
    rule("negate-twice", "negf(negf(x)) -> x"),
    rule("subtract-from-zero", "subf(-0.0, x) -> negf(x)"),
    rule("multiply-by-minus-one", "mulf(x, -1.0) -> negf(x)"),
    rule("divide-by-minus-one", "divf(x, -1.0) -> negf(x)", benefit=2),
    rule("subtract-constant", "subf(x, C) -> addf(x, negf(C)) if varies(x)"),
    rule("add-negated", "addf(x, negf(y)) -> subf(x, y)", ordered=True),
    rule("add-constant-to-negated", "addf(negf(x), C) -> subf(C, x)"),
    rule("subtract-negated", "subf(x, negf(y)) -> addf(x, y)"),
    rule("negated-times-constant", "mulf(negf(x), C) -> mulf(x, negf(C))"),
    rule("negated-over-constant", "divf(negf(x), C) -> divf(x, negf(C))"),
    rule("constant-over-negated", "divf(C, negf(x)) -> divf(negf(C), x)"),
    rule("absolute-twice", "absf(absf(x)) -> absf(x)"),
    rule("absolute-negated", "absf(negf(x)) -> absf(x)"),
]
"""Signs go into constants. A product of two negated numbers stays: if it became x * y, then
(-(-x)) * (-y) would be (-x) * y or x * (-y), by which rule comes first. So does -x * y: if it
became -(x * y), and y a constant later, it would end as -(x * y), and as x * (-y) otherwise."""

_NEVER, _ALWAYS = "olt ogt one".split(), "ueq uge ule".split()

COMPARED = [
    rule("compare-constant-right", "cmpf[p](C, x) -> cmpf[swapped(p)](x, C) if varies(x)"),
    rule("compare-never", "cmpf[false](_, _) -> false"),
    rule("compare-always", "cmpf[true](_, _) -> true"),
    *(rule("compare-itself", f"cmpf[{p}](x, x) -> false") for p in _NEVER),
    *(rule("compare-itself", f"cmpf[{p}](x, x) -> true") for p in _ALWAYS),
    rule("not-compared", "xori(cmpf[p](x, y), true) -> cmpf[unordered(p)](x, y)"),
]

FLAGGED = [
    rule("sums-together", "addf(addf(x, C), D) -> addf(x, addf(C, D))", flag="reassoc"),
    rule("products-together", "mulf(mulf(x, C), D) -> mulf(x, mulf(C, D))", flag="reassoc"),
    rule("multiply-by-reciprocal", "divf(x, C) -> mulf(x, divf(1.0, C))", flag="arcp"),
]
"""Rules that round otherwise: for operations that permit it."""

FLOATS = (*EXACT, *SIGNS, *COMPARED, *FLAGGED)
