"""A convolution as one matrix product: each window becomes a row (im2col).

K. Chellapilla, S. Puri & P. Simard, "High Performance Convolutional Neural Networks for Document
Processing", IWFHR 2006. The windows overlap, so that the matrix of rows has up to height x width
times the elements of the image. That is what it costs; the product is one that `block_product`
knows.
"""

from __future__ import annotations

from math import prod
from typing import Any

from tern.ir import Builder, Operation, Value, replace_uses
from tern.types import TensorType


def img2col(func: Operation) -> int:
    """Make matrix products of the convolutions of a function of tensors, in place, of those whose
    sizes are numbers. Gives how many.

    A filter of one element needs no rows of its own: the image has them. Depthwise convolutions,
    which sum over no channels, stay. The sums are in the order in which they were. O(n).
    """
    count = 0
    for block in [block for region in func.regions for block in region.blocks]:
        operations, block.operations = block.operations, []
        replaced: dict[Value, Value] = {}
        for op in operations:
            if not _fits(op):
                block.append(op)
                continue
            replaced[op.result] = _product(Builder(block, op.location), op, replaced)
            count += 1
        if replaced:
            replace_uses(func, replaced)
    return count


def _fits(op: Operation) -> bool:
    if op.name != "linalg.conv_2d_nhwc_hwcf":
        return False
    types: list[Any] = [value.type for value in op.operands]
    known = all(isinstance(size, int) and size for type in types for size in type.shape)
    return known and types[0].element == types[1].element == types[2].element


def _product(b: Builder, op: Operation, replaced: dict[Value, Value]) -> Value:
    image, filter, out = (replaced.get(value, value) for value in op.operands)
    sizes: Any = out.type.shape, filter.type.shape
    (batch, height, width, features), window = sizes
    rows, depth = batch * height * width, prod(window[:3])
    element = out.type.element
    windows = _windows(b, op, image)
    left = b.collapse_shape(windows, [[0, 1, 2], [3]], TensorType((rows, depth), element))
    right = b.collapse_shape(filter, [[0, 1, 2], [3]], TensorType((depth, features), element))
    start = b.collapse_shape(out, [[0, 1, 2], [3]], TensorType((rows, features), element))
    return b.expand_shape(b.matmul(left, right, start), [[0, 1, 2], [3]], out.type)


def _windows(b: Builder, op: Operation, image: Value) -> Value:
    """For each place of the output what its window reads, one element of the window after another,
    the channels of each together."""
    batch, height, width, _ = op.result.type.shape
    rows, columns, channels, _ = op.operands[1].type.shape
    (down, across), (below, beside) = op.attributes["strides"], op.attributes["dilations"]
    parts = [
        b.extract_slice(
            image,
            (0, y * below, x * beside, 0),
            (batch, height, width, channels),
            (1, down, across, 1),
        )
        for y in range(rows)
        for x in range(columns)
    ]
    return parts[0] if len(parts) == 1 else b.concat(parts, 3)
