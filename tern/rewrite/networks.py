"""Patterns for networks: batch normalizations become part of the convolutions before them, and
transposes move to where there are fewer of them."""

from __future__ import annotations

from tern.ir import Operation, OpResult, Value
from tern.rewrite.equations import LAYOUT
from tern.rewrite.greedy import greedy
from tern.rewrite.pattern import PatternLike, pattern
from tern.rewrite.rewriter import Rewriter
from tern.rewrite.rule import Rule, rule, variants
from tern.types import TensorType

CONVOLUTION = "linalg.conv_2d_nhwc_hwcf"

DISTRIBUTE = (
    rule(
        "scale-then-shift",
        "mulf(subf(y, linalg.broadcast[d](m, out)), linalg.broadcast[d](s, _))"
        " -> subf(mulf(y, linalg.broadcast[d](s, out)), linalg.broadcast[d](mulf(m, s), out))",
        flag="reassoc",
    ),
    rule(
        "shifts-together",
        "addf(subf(y, linalg.broadcast[d](a, out)), linalg.broadcast[d](b, _))"
        " -> addf(y, linalg.broadcast[d](subf(b, a), out))",
        flag="reassoc",
    ),
)
"""(y - m) * s + b is y * s + (b - m * s): of the numbers for each channel, m * s is formed once."""


def _channels(value: Value) -> Value | None:
    """What is repeated along all axes but the last; None if the value is no broadcast of that."""
    if not isinstance(value, OpResult) or value.op.name != "linalg.broadcast":
        return None
    axes = value.op.attributes["dimensions"]
    return value.op.operands[0] if axes == tuple(range(value.type.rank - 1)) else None


def _convolution(value: Value, rewriter: Rewriter) -> Operation | None:
    """The convolution that a value is, if it adds to zeros, and nobody else uses it."""
    op = value.op if isinstance(value, OpResult) else None
    if op is None or op.name != CONVOLUTION or rewriter.use_count(value) != 1:
        return None
    start = op.operands[2]
    if not isinstance(start, OpResult) or start.op.name != "linalg.fill":
        return None
    zero = start.op.operands[0]
    is_zero = isinstance(zero, OpResult) and zero.op.name == "arith.constant"
    return op if is_zero and zero.op.attributes["value"] == 0 else None


def _permitted(op: Operation) -> bool:
    return "reassoc" in op.attributes.get("fastmath", ())


@pattern("arith.mulf")
def scale_into_filter(op: Operation, rewriter: Rewriter) -> bool:
    """conv(x, w) * s, a number for each filter, is conv(x, w * s)."""
    for at, other in ((0, 1), (1, 0)):
        scale = _channels(op.operands[other])
        convolution = _convolution(op.operands[at], rewriter)
        if scale is None or convolution is None or not _permitted(op):
            continue
        image, filters, start = convolution.operands
        type = filters.type
        if not isinstance(type, TensorType) or not all(isinstance(n, int) for n in type.shape):
            continue
        flags = {"fastmath": op.attributes["fastmath"]}
        empty = rewriter.insert(op, "tensor.empty", (), [type]).result
        axes = {"dimensions": (0, 1, 2)}
        repeated = rewriter.insert(op, "linalg.broadcast", [scale, empty], [type], axes).result
        scaled = rewriter.insert(op, "arith.mulf", [filters, repeated], [type], flags).result
        operands = [image, scaled, start]
        made = rewriter.insert(op, CONVOLUTION, operands, [op.result.type], convolution.attributes)
        rewriter.replace(op, made.results)
        rewriter.erase(convolution)
        return True
    return False


@pattern("arith.addf")
def begin_with_bias(op: Operation, rewriter: Rewriter) -> bool:
    """conv(x, w) + b, a number for each filter, is a convolution that adds to b."""
    for at, other in ((0, 1), (1, 0)):
        convolution = _convolution(op.operands[at], rewriter)
        if _channels(op.operands[other]) is None or convolution is None or not _permitted(op):
            continue
        operands = [*convolution.operands[:2], op.operands[other]]
        made = rewriter.insert(op, CONVOLUTION, operands, [op.result.type], convolution.attributes)
        rewriter.replace(op, made.results)
        rewriter.erase(convolution)
        return True
    return False


BATCH_NORM: tuple[PatternLike, ...] = (
    *(variant for each in DISTRIBUTE for variant in variants(each)),
    scale_into_filter,
    begin_with_bias,
)
"""They round otherwise than the program: only where its sums and products have the flag reassoc."""


def fold_batch_norm(root: Operation) -> int:
    """Make batch normalizations part of the convolutions before them, in place.

    Of each number of a convolution's result, a difference, a product, and a sum go; instead, its
    filters are multiplied by the scales. (These depend on nothing but parameters: who knows them
    does it once.) Only where the sums and products have the flag reassoc (tern.passes.fast_math),
    since the result is rounded otherwise. Gives the number of patterns that fired.

    O(operations). Source: Jacob and others, "Quantization and Training of Neural Networks for
    Efficient Integer-Arithmetic-Only Inference", CVPR 2018, section 3.2.
    """
    return sum(greedy(root, BATCH_NORM).fired.values())


# transposes ---------------------------------------------------------------------------------------

_RULES = tuple(each for each in LAYOUT if isinstance(each, Rule))
TO_INPUTS = tuple(each for each in _RULES if not each.name.endswith("-transposed"))
"""Transposes go up, to what they are transposes of. A sum of many then has many."""
TO_RESULTS = tuple(each for each in _RULES if not each.name.startswith("transposed-"))
"""Transposes go down, where all operands have them."""


def push_transposes(root: Operation) -> int:
    """Move transposes to results, so that two of them meet and go, in place; the number of patterns
    that fired.

    It's exact. One way is not the best for all programs: tern.rewrite.cheapest_forms with LAYOUT
    tries both. O(operations × length of the chains).
    """
    return sum(greedy(root, TO_RESULTS).fired.values())
