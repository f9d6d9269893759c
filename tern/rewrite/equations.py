"""Rules that hold in both directions, for saturation: a ring, and tensors."""

from __future__ import annotations

from typing import Any

from tern.ir import Block, Builder, Operation, Value
from tern.rewrite.ematching import Found
from tern.rewrite.rule import Rule, rule
from tern.rewrite.saturation import Computed
from tern.rewrite.terms import Apply, parse_rule
from tern.types import TensorType


def _both(name: str, text: str, flag: str = "") -> list[Rule]:
    left, right = text.split(" = ")
    return [
        rule(name, f"{left} -> {right}", flag=flag),
        rule(f"{name}-back", f"{right} -> {left}", flag=flag),
    ]


RING = (
    rule("add-swapped", "addi(x, y) -> addi(y, x)"),
    rule("multiply-swapped", "muli(x, y) -> muli(y, x)"),
    *_both("add-associates", "addi(addi(x, y), z) = addi(x, addi(y, z))"),
    *_both("multiply-associates", "muli(muli(x, y), z) = muli(x, muli(y, z))"),
    *_both("distributes", "muli(addi(x, y), z) = addi(muli(x, z), muli(y, z))"),
    *_both("distributes-over-difference", "muli(subi(x, y), z) = subi(muli(x, z), muli(y, z))"),
    *_both("add-then-subtract", "subi(addi(x, y), z) = addi(x, subi(y, z))"),
    rule("subtract-itself", "subi(x, x) -> 0"),
    rule("add-zero", "addi(x, 0) -> x"),
    rule("multiply-by-one", "muli(x, 1) -> x"),
    rule("multiply-by-zero", "muli(x, 0) -> 0"),
    rule("twice", "addi(x, x) -> muli(x, 2)"),
    rule("double", "muli(x, 2) -> addi(x, x)"),
)
"""Integers modulo a power of two are a ring: all of this holds, whatever overflows."""

REAL = (
    rule("double", "mulf(x, 2.0) -> addf(x, x)"),
    rule("twice", "addf(x, x) -> mulf(x, 2.0)"),
    rule("multiply-then-divide", "divf(mulf(x, y), z) -> mulf(x, divf(y, z))", flag="reassoc"),
    rule("multiply-by-one", "mulf(x, 1.0) -> x"),
)
"""Floating-point numbers: what rounds otherwise asks for the flag reassoc of fast math."""


# tensors ------------------------------------------------------------------------------------------


def _computed(name: str, left: str) -> Any:
    """A decorator: the function makes the right side with a builder, or gives None."""

    def make_rule(function: Any) -> Computed:
        def make(found: Found, root: Operation) -> tuple[Value, list[Operation]] | None:
            builder = Builder(Block(), root.location)
            value = function(builder, found)
            for op in builder.block.operations:
                op.parent = None
            return None if value is None else (value, builder.block.operations)

        term, _, conditions = parse_rule(f"{left} -> 0", name)
        assert isinstance(term, Apply)
        return Computed(name, term, make, conditions)

    return make_rule


def product(b: Builder, left: Value, right: Value) -> Value:
    """left @ right, from 0."""
    element = left.type.element  # type: ignore[attr-defined]
    type = TensorType((left.type.shape[0], right.type.shape[1]), element)  # type: ignore[attr-defined]
    zero = b.constant(0.0 if str(element)[0] in "fb" else 0, element)
    return b.matmul(left, right, b.fill(zero, b.op("tensor.empty", (), [type]).result))


def turned(b: Builder, x: Value, permutation: tuple[int, ...]) -> Value:
    shape = tuple(x.type.shape[axis] for axis in permutation)  # type: ignore[attr-defined]
    type = TensorType(shape, x.type.element)  # type: ignore[attr-defined]
    return b.transpose(x, b.op("tensor.empty", (), [type]).result, permutation)


def _matmul(left: str, right: str, zero: str) -> str:
    return f"linalg.matmul({left}, {right}, linalg.fill({zero}, _))"


def _products(zero: str) -> list[Computed]:
    """The order of two products, both of sums that begin with a zero."""

    @_computed("product-to-the-right", _matmul(_matmul("a", "b", zero), "c", zero))
    def to_the_right(b: Builder, found: Found) -> Value:
        return product(b, found["a"], product(b, found["b"], found["c"]))

    @_computed("product-to-the-left", _matmul("a", _matmul("b", "c", zero), zero))
    def to_the_left(b: Builder, found: Found) -> Value:
        return product(b, product(b, found["a"], found["b"]), found["c"])

    return [to_the_right, to_the_left]


def _turned_products(zero: str) -> list[Computed]:
    @_computed("transposed-product", f"linalg.transpose[p]({_matmul('a', 'b', zero)}, _)")
    def transposed(b: Builder, found: Found) -> Value | None:
        if found["[p]"] != (1, 0):
            return None
        return product(b, turned(b, found["b"], (1, 0)), turned(b, found["a"], (1, 0)))

    @_computed(
        "product-transposed",
        _matmul("linalg.transpose[p](a, _)", "linalg.transpose[q](b, _)", zero),
    )
    def product_transposed(b: Builder, found: Found) -> Value | None:
        if found["[p]"] != (1, 0) or found["[q]"] != (1, 0):
            return None
        return turned(b, product(b, found["b"], found["a"]), (1, 0))

    return [transposed, product_transposed]


CHAIN = tuple(_products("0"))
"""The order of products is free for integers, which wrap around."""
FLOAT_CHAIN = tuple(_products("0.0"))
"""For floating-point numbers another order rounds otherwise: only where the program permits it."""

BINARY = "addf subf mulf divf maximumf minimumf addi subi muli andi ori xori maxsi minsi".split()
UNARY = "arith.negf math.exp math.tanh math.sqrt math.rsqrt math.absf".split()

LAYOUT = (
    rule(
        "transpose-twice",
        "linalg.transpose[p](linalg.transpose[q](x, _), out)"
        " -> linalg.transpose[compose(q, p)](x, out)",
    ),
    rule("transpose-nothing", "linalg.transpose[p](x: T, _): T -> x if identity(p)"),
    *(
        each
        for op in BINARY
        for each in (
            rule(
                f"transposed-{op}",
                f"linalg.transpose[p]({op}(x, y), out)"
                f" -> {op}(linalg.transpose[p](x, out), linalg.transpose[p](y, out))",
            ),
            rule(
                f"{op}-transposed",
                f"{op}(linalg.transpose[p](x: T, out), linalg.transpose[p](y: T, _))"
                f" -> linalg.transpose[p]({op}(x, y), out)",
            ),
        )
    ),
    *(
        each
        for op in UNARY
        for each in (
            rule(
                f"transposed-{op}",
                f"linalg.transpose[p]({op}(x), out) -> {op}(linalg.transpose[p](x, out))",
            ),
            rule(
                f"{op}-transposed",
                f"{op}(linalg.transpose[p](x, out)) -> linalg.transpose[p]({op}(x), out)",
            ),
        )
    ),
    *_turned_products("0"),
    *_turned_products("0.0"),
)
"""Where transposes stand. The sums in a transposed product are the same, in the same order."""
