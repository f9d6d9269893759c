"""Rules for integers of any width, index and single bits among them: alone, or in tensors."""

from __future__ import annotations

from tern.ir import DEFINITIONS
from tern.rewrite.rule import rule

# What is missing here is missing for a reason: it would leave programs that end in two forms,
# depending on which rule comes first (tern.rewrite.overlaps finds them). Take x + (0 - y), which
# could be x - y: then (0 - y) + (0 - z) could be both (0 - y) - z and (0 - z) - y.

COMMUTATIVE = sorted(name for name, each in DEFINITIONS.items() if each.commutative)
"""The operations whose operands may be swapped: all of them of two of one type."""

CONSTANT_RIGHT = [
    rule("constant-right", f"{op}(C, x) -> {op}(x, C) if varies(x)", benefit=3)
    for op in COMMUTATIVE
]
"""A constant is the right operand: so one form of each rule is enough."""

NEUTRAL = [
    rule("add-zero", "addi(x, 0) -> x"),
    rule("subtract-zero", "subi(x, 0) -> x"),
    rule("multiply-by-one", "muli(x, 1) -> x"),
    rule("divide-by-one", "divsi(x, 1) -> x if wide(x)"),
    rule("divide-by-one-unsigned", "divui(x, 1) -> x"),
    rule("and-ones", "andi(x, ones) -> x"),
    rule("or-zero", "ori(x, 0) -> x"),
    rule("xor-zero", "xori(x, 0) -> x"),
    rule("max-least", "maxsi(x, least) -> x"),
    rule("min-greatest", "minsi(x, greatest) -> x"),
    rule("max-zero-unsigned", "maxui(x, 0) -> x"),
    rule("min-ones-unsigned", "minui(x, ones) -> x"),
    rule("shift-by-zero", "shli(x, 0) -> x"),
    rule("shift-by-zero-signed", "shrsi(x, 0) -> x"),
    rule("shift-by-zero-unsigned", "shrui(x, 0) -> x"),
]

ABSORBING = [
    rule("multiply-by-zero", "muli(x, 0) -> 0"),
    rule("and-zero", "andi(x, 0) -> 0"),
    rule("or-ones", "ori(x, ones) -> ones"),
    rule("max-greatest", "maxsi(x, greatest) -> greatest"),
    rule("min-least", "minsi(x, least) -> least"),
    rule("max-ones-unsigned", "maxui(x, ones) -> ones"),
    rule("min-zero-unsigned", "minui(x, 0) -> 0"),
    rule("remainder-by-one", "remsi(x, 1) -> 0 if wide(x)"),
    rule("remainder-by-one-unsigned", "remui(x, 1) -> 0"),
]

TWICE = [
    rule("subtract-itself", "subi(x, x) -> 0"),
    rule("xor-itself", "xori(x, x) -> 0"),
    *(
        rule("itself-twice", f"{op}(x, x) -> x")
        for op in "andi ori maxsi minsi maxui minui".split()
    ),
    *(
        rule("itself-again", f"{op}({op}(x, y), y) -> {op}(x, y)")
        for op in "andi ori maxsi minsi maxui minui".split()
    ),
    rule("xor-back", "xori(xori(x, y), y) -> x"),
    *(
        rule("absorbed", f"{outer}({inner}(x, y), x) -> x if varies(x)")
        for outer, inner in (("andi", "ori"), ("ori", "andi"))
    ),
    *(
        rule("absorbed", f"{a}si({b}si(x, y), x) -> x if varies(x)")
        for a, b in (("max", "min"), ("min", "max"))
    ),
    *(
        rule("absorbed", f"{a}ui({b}ui(x, y), x) -> x if varies(x)")
        for a, b in (("max", "min"), ("min", "max"))
    ),
    *(
        rule("absorbed-constant", f"{outer}({inner}(x, C), D) -> D if {condition}")
        for outer, inner, condition in (
            ("andi", "ori", "has_bits(C, D)"),
            ("ori", "andi", "has_bits(D, C)"),
            ("maxsi", "minsi", "reaches(D, C)"),
            ("minsi", "maxsi", "reaches(C, D)"),
            ("maxui", "minui", "reaches_unsigned(D, C)"),
            ("minui", "maxui", "reaches_unsigned(C, D)"),
        )
    ),
    rule("absolute-twice", "absi(absi(x)) -> absi(x)"),
]

TOGETHER = [
    *(
        rule("constants-together", f"{op}({op}(x, C), D) -> {op}(x, {op}(C, D))")
        for op in "addi muli andi ori xori maxsi minsi maxui minui".split()
    ),
    *(
        rule("shifts-together", f"{op}({op}(x, C), D) -> {op}(x, addi(C, D)) if shifts(C, D)")
        for op in ("shli", "shrui")
    ),
    *(
        rule("shifts-out", f"{op}({op}(x, C), D) -> 0 if shifts_out(C, D)")
        for op in ("shli", "shrui")
    ),
]
"""Two operations with constants become one: the constants meet now."""

SIGNS = [
    rule("subtract-constant", "subi(x, C) -> addi(x, subi(0, C)) if varies(x)"),
    rule("subtract-difference", "subi(C, subi(D, x)) -> addi(x, subi(C, D))"),
    rule("subtract-sum", "subi(C, addi(x, D)) -> subi(subi(C, D), x)"),
    rule("add-to-difference", "addi(subi(C, x), D) -> subi(addi(C, D), x)"),
]
"""Sums and differences with constants are x + C or C - x."""

CANCELED = [
    rule("add-back", "addi(subi(x, y), y) -> x"),
    rule("subtract-back", "subi(addi(x, y), y) -> x"),
    rule("subtract-larger", "subi(x, addi(x, C)) -> subi(0, C)"),
    rule("subtract-from-itself", "subi(x, subi(x, y)) -> y"),
]

BITS = [
    rule("on-bits", f"{name}(x, y): i1 -> {each.on_bits}(x, y)")
    for name, each in DEFINITIONS.items()
    if each.on_bits and name.startswith("arith.")
]
"""Arithmetic on single bits is logic."""

INTEGERS = (
    *CONSTANT_RIGHT,
    *NEUTRAL,
    *ABSORBING,
    *TWICE,
    *TOGETHER,
    *SIGNS,
    *CANCELED,
    *BITS,
)
