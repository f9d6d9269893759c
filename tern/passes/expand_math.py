"""exp, log, tanh, erf, and others as polynomials, which are arithmetic, and so have vectors.

A library's function is a call, and a call is of one number. What the libraries for vectors do
(SVML, libmvec, SLEEF) is this: reduce the argument to a small interval, where a polynomial of a
low degree is as good as the format; undo the reduction on the result's bits; and choose, instead
of branching, between what is computed for each case. The patterns in MLIR's
PolynomialApproximation.cpp do the same. tern.workshop.minimax derives the coefficients.

The results are within two units of the last place of the exact one, with a multiply-add or
without: exp's of all floats of 32 bits, those of log, tanh, erf, and rsqrt of every sixteenth.
`benchmarks/all_floats.py` counts. Zeros keep their sign; infinities, NaN, and numbers below the
normal ones are as they should be. sin and cos are within 2 up to 2²⁰ only, and so are not among the
DEFAULT.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from tern.ir import Block, Builder, Operation, Value, replace_uses
from tern.ir.dialects.forms import element_of, same_shape_of
from tern.passes.scalar_replacement import blocks
from tern.types import Type, f32, f64, i32, i64

EXP = (
    0.4999999403953552, 0.1666651964187622, 0.04166839271783829, 0.008368780836462975,
    0.0013814467238262296,
)  # fmt: skip
WIDE_EXP = (
    0.5000003576278687, 0.16666613519191742, 0.04166125878691673, 0.008336109109222889,
    0.0014104676665738225, 0.00019611344032455236,
)  # fmt: skip
LOG = (
    0.3333331346511841, -0.25000008940696716, 0.2000211924314499, -0.1666799634695053,
    0.14219552278518677, -0.1240558847784996, 0.11888162046670914, -0.11675652116537094,
    0.06746642291545868,
)  # fmt: skip
TANH = (
    -0.3333328366279602, 0.13331490755081177, -0.05374349653720856, 0.02065058797597885,
    -0.005717045161873102,
)  # fmt: skip
ERF = (
    0.12837916612625122, 0.6366193890571594, 0.10277783870697021, -0.019153090193867683,
    -0.0001603518467163667, 0.0016669860342517495, -0.0006328153540380299, 0.00011763550719479099,
    -9.255645636585541e-06,
)  # fmt: skip
SIN = (
    -0.1666666716337204, 0.008333329111337662, -0.00019839295418933034, 2.7179398784937803e-06,
)  # fmt: skip
COS = (
    0.0416666679084301, -0.0013888883404433727, 2.4799479433568195e-05, -2.7206783670408186e-07,
)  # fmt: skip

ROUNDER = 1.5 * 2.0**23
"""Added to a small number, it leaves no bits for a fraction: the sum's last bits are the number,
rounded to a whole one."""
LN2_HIGH = 355 / 512
"""ln 2, to few bits: its product with a whole number of 8 bits is exact."""
LN2_LOW = math.log(2) - LN2_HIGH


def expand_math(root: Operation, fma: bool = True, functions: Iterable[str] | None = None) -> int:
    """Replace math.exp and the like of f32, alone or in vectors, by arithmetic, in place.

    `functions` are names without the dialect, by default DEFAULT. With `fma` polynomials are made
    of multiply-adds, which are rounded once, and else of products and sums; the results differ in
    the last places, from those of a library too. Gives the number of operations replaced.
    """
    chosen = {f"math.{name}": EXPANSIONS[name] for name in functions or DEFAULT}
    replaced: dict[Value, Value] = {}
    for block in blocks(root):
        made: list[Operation] = []
        for op in block.operations:
            expand = chosen.get(op.name)
            if expand is None or element_of(op.results[0].type) != f32:
                made.append(op)
                continue
            code = Code(op.results[0].type, fma, op)
            replaced[op.results[0]] = expand(code, op.operands[0])
            made += code.block.operations
        block.operations = made
        for op in made:
            op.parent = block
    replace_uses(root, replaced)
    return len(replaced)


class Code:
    """Arithmetic on values of one type, f32 or vectors of it, while it is written."""

    def __init__(self, type: Type, fma: bool, like: Operation) -> None:
        self.type, self.fma = type, fma
        self.block = Block()
        self.builder = Builder(self.block, like.location)
        self.integers = same_shape_of(i32, type)

    def number(self, value: float) -> Value:
        return self.builder.constant(float(value), self.type)

    def integer(self, value: int) -> Value:
        return self.builder.constant(value, self.integers)

    def float(self, name: str, a: Value, b: Value) -> Value:
        return self.builder.binary(f"arith.{name}f", a, b)

    def int(self, name: str, a: Value, b: Value | int) -> Value:
        right = self.integer(b) if isinstance(b, int) else b
        return self.builder.binary(f"arith.{name}i", a, right)

    def multiply_add(self, a: Value, b: Value, c: Value) -> Value:
        """a * b + c."""
        if self.fma:
            return self.builder.op("math.fma", [a, b, c], [a.type]).result
        return self.float("add", self.float("mul", a, b), c)

    def polynomial(self, coefficients: Sequence[float], x: Value) -> Value:
        """By Horner's rule, from the highest coefficient down."""
        total = self.number(coefficients[-1])
        for each in reversed(coefficients[:-1]):
            total = self.multiply_add(total, x, self.number(each))
        return total

    def choose(self, predicate: str, a: Value, b: Value, then: Value, otherwise: Value) -> Value:
        """`then` where a comparison holds; not where a or b is NaN."""
        return self.builder.select(self.builder.compare(predicate, a, b), then, otherwise)

    def at_most(self, x: Value, limit: float) -> Value:
        bound = self.number(limit)
        return self.choose("ogt", x, bound, bound, x)

    def at_least(self, x: Value, limit: float) -> Value:
        bound = self.number(limit)
        return self.choose("olt", x, bound, bound, x)

    def bits(self, x: Value) -> Value:
        return self.builder.cast("arith.bitcast", x, self.integers)

    def of_bits(self, x: Value) -> Value:
        return self.builder.cast("arith.bitcast", x, self.type)

    def size(self, x: Value) -> Value:
        return self.builder.unary("math.absf", x)

    def with_sign_of(self, size: Value, x: Value) -> Value:
        sign = self.int("and", self.bits(x), -(2**31))
        return self.of_bits(self.int("or", self.bits(size), sign))


# the functions ----------------------------------------------------------------------------------


def _reduced(
    code: Code, x: Value, twice: int, coefficients: Sequence[float]
) -> tuple[Value, Value]:
    """x as n times `twice` ln 2, and r: n in the last bits of a number, and exp(r) − 1."""
    rounder = code.number(ROUNDER)
    shifted = code.multiply_add(x, code.number(1 / (twice * math.log(2))), rounder)
    n = code.float("sub", shifted, rounder)
    r = code.multiply_add(n, code.number(-twice * LN2_HIGH), x)
    r = code.multiply_add(n, code.number(-twice * LN2_LOW), r)
    square = code.float("mul", r, r)
    return shifted, code.multiply_add(square, code.polynomial(coefficients, r), r)


def _power_of_two(code: Code, shifted: Value) -> Value:
    """2 to the power of the integer in a number's last bits, made of its exponent's bits: whatever
    is above them goes."""
    n = code.int("add", code.bits(shifted), 127)
    return code.of_bits(code.builder.binary("arith.shli", n, code.integer(23)))


def exp(code: Code, x: Value) -> Value:
    """exp(x) = 2²ⁿ exp(r) = 2ⁿ (2ⁿ + 2ⁿ (exp(r) − 1)): in two steps, because of a number below the
    normal ones 2²ⁿ is none."""
    limited = code.at_least(code.at_most(x, 89.0), -104.0)
    shifted, above_one = _reduced(code, limited, 2, WIDE_EXP)
    power = _power_of_two(code, shifted)
    return code.float("mul", code.multiply_add(power, above_one, power), power)


def _exp_of_normal(code: Code, x: Value) -> Value:
    """exp where the result is a normal number: x from -87 to 88."""
    shifted, above_one = _reduced(code, x, 1, EXP)
    power = _power_of_two(code, shifted)
    return code.multiply_add(power, above_one, power)


def log(code: Code, x: Value) -> Value:
    """log(x) = e ln 2 + log(m), where m, from √½ to √2, has the bits of x but for the exponent."""
    least = code.number(2.0**-126)
    scaled = code.float("mul", x, code.number(2.0**23))
    normal = code.choose("olt", x, least, scaled, x)
    bits = code.bits(normal)
    above = code.int("sub", bits, 0x3F3504F3)  # the bits of √½
    exponent = code.builder.binary("arith.shrsi", above, code.integer(23))
    moved = code.builder.binary("arith.shli", exponent, code.integer(23))
    f = code.float("sub", code.of_bits(code.int("sub", bits, moved)), code.number(1.0))
    e = code.builder.cast("arith.sitofp", exponent, code.type)
    lower = code.float("sub", e, code.number(23.0))
    e = code.choose("olt", x, least, lower, e)
    square = code.float("mul", f, f)
    tail = code.float("mul", code.float("mul", f, square), code.polynomial(LOG, f))
    tail = code.multiply_add(e, code.number(LN2_LOW), tail)
    tail = code.multiply_add(square, code.number(-0.5), tail)
    found = code.multiply_add(e, code.number(LN2_HIGH), code.float("add", f, tail))
    zero, infinity = code.number(0.0), code.number(math.inf)
    found = code.choose("olt", x, infinity, found, x)  # not of infinity, nor of NaN
    found = code.choose("oeq", x, zero, code.number(-math.inf), found)
    return code.choose("olt", x, zero, code.number(math.nan), found)


def tanh(code: Code, x: Value) -> Value:
    """A polynomial near 0, and beyond it 1 − 2 / (exp(2 |x|) + 1), with the sign of x."""
    size = code.size(x)
    square = code.float("mul", size, size)
    cubic = code.float("mul", square, code.polynomial(TANH, square))
    near = code.multiply_add(cubic, size, size)
    limited = code.at_most(size, 9.1)
    power = _exp_of_normal(code, code.float("add", limited, limited))
    one = code.number(1.0)
    quotient = code.float("div", code.number(-2.0), code.float("add", power, one))
    far = code.float("add", quotient, one)
    return code.with_sign_of(code.choose("olt", size, code.number(0.625), near, far), x)


def erf(code: Code, x: Value) -> Value:
    """1 − exp(−t), with the sign of x, where t = x + x h(x) for a polynomial h.

    With t = r − n ln 2, this is 1 − 2ⁿ + 2ⁿ (1 − exp(−r)). Near 0, where n is 0, the last part is
    all of it, and no digit is lost: so one polynomial is enough for every x.
    """
    size = code.at_most(code.size(x), 4.0)
    t = code.multiply_add(size, code.polynomial(ERF, size), size)
    rounder = code.number(ROUNDER)
    shifted = code.multiply_add(t, code.number(-1 / math.log(2)), rounder)
    n = code.float("sub", shifted, rounder)
    r = code.multiply_add(n, code.number(LN2_HIGH), t)
    r = code.multiply_add(n, code.number(LN2_LOW), r)
    square = code.float("mul", r, r)
    turned = [c if power % 2 else -c for power, c in enumerate(EXP)]
    part = code.multiply_add(square, code.polynomial(turned, r), r)  # 1 − exp(−r)
    power = _power_of_two(code, shifted)
    found = code.multiply_add(power, part, code.float("sub", code.number(1.0), power))
    return code.with_sign_of(found, x)


def rsqrt(code: Code, x: Value) -> Value:
    return code.float("div", code.number(1.0), code.builder.unary("math.sqrt", x))


def _octant(code: Code, size: Value) -> tuple[Value, Value]:
    """Of a size up to 2²⁰ the nearest multiple of π / 2, as an integer, and what is left over.

    In doubles: a float near a multiple of π / 2 loses all bits but a few.
    """
    doubles, longs = same_shape_of(f64, code.type), same_shape_of(i64, code.type)
    builder = code.builder
    wide = builder.cast("arith.extf", size, doubles)
    rounder = builder.constant(1.5 * 2.0**52, doubles)
    high = math.ldexp(math.floor(math.ldexp(math.pi / 2, 32)), -32)  # 33 bits
    shifted = builder.binary("arith.mulf", wide, builder.constant(2 / math.pi, doubles))
    shifted = builder.binary("arith.addf", shifted, rounder)
    n = builder.binary("arith.subf", shifted, rounder)
    beyond = 6.123233995736766e-17  # what a double of π / 2 lacks
    for part in (high, math.pi / 2 - high + beyond):
        product = builder.binary("arith.mulf", n, builder.constant(part, doubles))
        wide = builder.binary("arith.subf", wide, product)
    turns = builder.cast("arith.bitcast", shifted, longs)
    left = builder.cast("arith.truncf", wide, code.type)
    return builder.cast("arith.trunci", turns, code.integers), left


def _sine(code: Code, turns: Value, r: Value) -> Value:
    """sin(r + turns π / 2)."""
    square = code.float("mul", r, r)
    cubic = code.float("mul", square, code.polynomial(SIN, square))
    sine = code.multiply_add(cubic, r, r)
    quartic = code.float("mul", code.float("mul", square, square), code.polynomial(COS, square))
    half = code.multiply_add(square, code.number(-0.5), quartic)
    cosine = code.float("add", half, code.number(1.0))
    odd = code.builder.compare("eq", code.int("and", turns, 1), code.integer(1))
    found = code.builder.select(odd, cosine, sine)
    sign = code.builder.binary("arith.shli", code.int("and", turns, 2), code.integer(30))
    return code.of_bits(code.int("xor", code.bits(found), sign))


def sin(code: Code, x: Value) -> Value:
    """sin of the size, which keeps the sign of a zero, and then turned around."""
    turns, r = _octant(code, code.size(x))
    sign = code.int("and", code.bits(x), -(2**31))
    return code.of_bits(code.int("xor", code.bits(_sine(code, turns, r)), sign))


def cos(code: Code, x: Value) -> Value:
    turns, r = _octant(code, code.size(x))
    return _sine(code, code.int("add", turns, 1), r)


EXPANSIONS: dict[str, Callable[[Code, Value], Value]] = {
    "exp": exp,
    "log": log,
    "tanh": tanh,
    "erf": erf,
    "rsqrt": rsqrt,
    "sin": sin,
    "cos": cos,
}
DEFAULT = ("exp", "log", "tanh", "erf", "rsqrt")
"""Those that are right for every argument."""
