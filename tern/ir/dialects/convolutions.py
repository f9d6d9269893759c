"""linalg's convolutions and poolings, of images in the order batch, height, width, channels.

They do not pad: what lies around an image is put there by tensor.pad before. Each adds to, or
takes the maximum with, what is in its `outs`. The window of a pooling is a tensor of which only
the sizes count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation
from tern.ir.dialects.evaluate import Compute
from tern.ir.dialects.forms import (
    check_counts,
    element_of,
    is_int_tuple,
    unsigned_read_as_signed,
)
from tern.ir.dialects.linalg import check_extension, check_product, ins_outs_text, parse_ins_outs
from tern.ir.dialects.shapes import array_form, extended, multiply_add
from tern.ir.dialects.structures import misfit, sizes_by_loop, structure_of
from tern.ir.dialects.tensor import operation
from tern.ir.errors import EvaluationError
from tern.ir.registry import Parser, Printer
from tern.lazily import Lazily
from tern.types import FloatType, TensorType, Type, i1

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")

_PAIRS = ("dilations", "strides")

# text -------------------------------------------------------------------------------------------


def _pair_text(pair: tuple[int, int]) -> str:
    text = str(pair[0]) if pair[0] == pair[1] else f"[{pair[0]}, {pair[1]}]"
    return f"dense<{text}> : tensor<2xi64>"


def print_windowed(p: Printer, op: Operation) -> str:
    pairs = ", ".join(f"{key} = {_pair_text(op.attributes[key])}" for key in _PAIRS)
    return f"{op.name} {{{pairs}}} {ins_outs_text(p, op)} -> {p.types[op.results[0].type]}"


def parse_windowed(p: Parser, name: str) -> Operation:
    attributes = dict.fromkeys(_PAIRS, (1, 1))
    if p.accept("{"):
        while not p.accept("}"):
            p.accept(",")
            key = p.next()
            if key not in _PAIRS:
                p.fail(f"{name} has no {key!r}", p.at - 1)
            p.expect("=")
            attributes[key] = _parse_pair(p)
    operands, _ = parse_ins_outs(p)
    p.expect("->")
    return Operation(name, operands, (p.type(),), attributes)


def _parse_pair(p: Parser) -> tuple[int, int]:
    p.expect("dense")
    p.expect("<")
    start = p.at
    numbers = p.int_lists() if p.peek() == "[" else (p.integer(),) * 2
    if len(numbers) != 2 or not is_int_tuple(numbers):
        p.fail("expected two numbers", start)
    p.expect(">")
    p.expect(":")
    p.type()
    return numbers[0], numbers[1]


# rules ------------------------------------------------------------------------------------------


def check_pairs(op: Operation) -> str | None:
    for key in _PAIRS:
        pair = op.attributes.get(key)
        if not is_int_tuple(pair) or len(pair) != 2 or min(pair) < 1:
            return f"{op.name} needs {key} of two numbers, 1 or more"
    return None


def check_conv(op: Operation) -> str | None:
    return check_pairs(op) or check_product(op, (4, 4, 4))


def check_depthwise(op: Operation) -> str | None:
    return check_pairs(op) or check_product(op, (4, 3, 4))


def check_pooling(op: Operation) -> str | None:
    if message := check_counts(op, 3, 1) or check_pairs(op):
        return message
    types: list[Any] = [operand.type for operand in op.operands]
    words = ", ".join(map(str, types))
    ranks = zip(types, (4, 2, 4))
    if any(not isinstance(t, TensorType) or t.rank != r for t, r in ranks):
        return f"{op.name} does not fit {words}"
    image, _, out = types
    if out != op.results[0].type:
        return f"{op.name} into {out} cannot give {op.results[0].type}"
    unsigned = op.name.endswith("unsigned")
    if message := check_extension(op.name, image.element, out.element, unsigned):
        return message
    if unsigned and (isinstance(out.element, FloatType) or out.element == i1):
        return f"{op.name} is for integers of more than one bit, not for {out.element}"
    if op.name.endswith("_max") and (message := unsigned_read_as_signed(op.name, out)):
        return message
    problem = misfit(structure_of(op), [type.shape for type in types])
    return f"{op.name} does not fit {words}: {problem}" if problem else None


def pooling_combiner(name: str, element: Type) -> str:
    """The operation by which a pooling combines what is in its window."""
    if name.endswith("sum"):
        return (
            "arith.addf"
            if isinstance(element, FloatType)
            else ("arith.ori" if element == i1 else "arith.addi")
        )
    if name.endswith("unsigned"):
        return "arith.maxui"
    return "arith.maximumf" if isinstance(element, FloatType) else "arith.maxsi"


# what they compute: one place in the window after another, each for the whole image ---------------


def _places(op: Operation, image: Any, window: Any, out: Any) -> Any:
    """For each place in the window its index, and what of the image is there in each window."""
    structure, arrays = structure_of(op), (image, window, out)
    shapes = [array.shape for array in arrays]
    if problem := misfit(structure, shapes):
        raise EvaluationError(f"{op.name}: {problem}")
    sizes = [found[0] for found in sizes_by_loop(structure, shapes)]
    (_, rows, columns), (height, width) = sizes[:3], sizes[4:6]
    if 0 in sizes:
        return
    (by, across), (spread, apart) = op.attributes["strides"], op.attributes["dilations"]
    for y in range(height):
        for x in range(width):
            top, left = y * spread, x * apart
            bottom, right = top + (rows - 1) * by + 1, left + (columns - 1) * across + 1
            yield (y, x), image[:, top:bottom:by, left:right:across]


def convolve(op: Operation) -> Compute:
    depthwise = op.name == "linalg.depthwise_conv_2d_nhwc_hwc"

    def convolved(image: Any, filter: Any, out: Any) -> Any:
        image, filter = extended(image, out.dtype), extended(filter, out.dtype)
        total = out
        for place, part in _places(op, image, filter, out):
            total = multiply_add(
                total, part, filter[place], np.multiply if depthwise else np.matmul
            )
        return total

    return convolved


def pool(op: Operation) -> Compute:
    combiner = array_form(pooling_combiner(op.name, element_of(op.results[0].type)))(op)
    unsigned = op.name.endswith("unsigned")

    def pooled(image: Any, window: Any, out: Any) -> Any:
        if unsigned and image.dtype.kind == "i":
            image = image.view(f"u{image.dtype}")
        image, total = extended(image, out.dtype), out
        for _, part in _places(op, image, window, out):
            total = combiner(total, part)
        return total

    return pooled


operation("linalg.conv_2d_nhwc_hwcf", print_windowed, parse_windowed, check_conv, convolve, "sizes")
operation(
    "linalg.depthwise_conv_2d_nhwc_hwc",
    print_windowed,
    parse_windowed,
    check_depthwise,
    convolve,
    "sizes",
)
for _name in ("max", "max_unsigned", "sum"):
    operation(
        f"linalg.pooling_nhwc_{_name}",
        print_windowed,
        parse_windowed,
        check_pooling,
        pool,
        "sizes",
    )
