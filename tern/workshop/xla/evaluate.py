"""What a module of HLO computes, by NumPy: slow, and right where the real XLA isn't installed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tern.errors import TernError
from tern.workshop.xla.hlo import Computation, Instruction, Module
from tern.workshop.xla.regions import paddings, slices

DTYPES = {"f32": np.float32, "s32": np.int32, "pred": np.bool_}
UNARY: dict[str, Callable] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "copy": np.array,
    "cosine": np.cos,
    "exponential": np.exp,
    "floor": np.floor,
    "log": np.log,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "negate": np.negative,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "sine": np.sin,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
}
BINARY: dict[str, Any] = {
    "add": np.add,
    "divide": np.divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "multiply": np.multiply,
    "subtract": np.subtract,
}
DIRECTIONS: dict[str, Callable] = {
    "EQ": np.equal,
    "NE": np.not_equal,
    "LT": np.less,
    "LE": np.less_equal,
    "GT": np.greater,
    "GE": np.greater_equal,
}


class EvaluateError(TernError, ValueError):
    """An instruction doesn't give the shape that it says, or is none that the book evaluates."""


def evaluate(module: Module, arguments: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The arrays that a module's entry gives.

    EvaluateError: a shape is not what an instruction's operands and attributes make it, or an
    opcode is not known here. No array is made that is larger than its instruction says, or than
    its operands together. Time is that of NumPy's operations.
    """
    entry, values = module.entry, dict[str, Any]()
    with np.errstate(all="ignore"):
        for each in entry:
            operands = [values[name] for name in each.operands]
            if each.opcode == "tuple":
                values[each.name] = operands
                continue
            if each.opcode == "parameter":
                found = arguments[int(each.literal)]
            else:
                found = _computed(each, operands, module)
            if found.shape != each.array.dimensions:
                told = f"{each.array}, and gives {list(found.shape)}"
                raise EvaluateError(f"{each.name} says that it is {told}: {each}")
            values[each.name] = found.astype(DTYPES[each.array.dtype])
    root = values[entry.root]
    return root if isinstance(root, list) else [root]


def _computed(each: Instruction, operands: list[Any], module: Module) -> np.ndarray:
    opcode, axes = each.opcode, each.numbers("dimensions")
    try:
        if opcode in UNARY:
            return UNARY[opcode](*operands)
        if opcode in BINARY or opcode in ("compare", "select"):
            if len({x.shape for x in operands}) > 1:
                raise EvaluateError(f"the operands of {each.name} differ in shape: {each}")
            if opcode == "select":
                return np.where(*operands)
            table = BINARY if opcode in BINARY else DIRECTIONS
            return table[opcode if opcode in BINARY else each.attributes["direction"]](*operands)
        if opcode == "reduce":
            called: Computation = module.computations[each.attributes["to_apply"]]
            function = BINARY[called[called.root].opcode]
            if operands[1].shape:
                raise EvaluateError(f"{each.name} starts with an array: {each}")
            return function(function.reduce(operands[0], axis=axes), operands[1])
        return _moved(each, operands)
    except (KeyError, IndexError, ValueError, TypeError) as error:
        if isinstance(error, EvaluateError):
            raise
        raise EvaluateError(f"{each.name} cannot be computed ({error}): {each}") from None


def _look_at_size(each: Instruction, found: int) -> None:
    """EvaluateError unless an instruction says that it gives so many elements."""
    if found != each.array.elements:
        told = f"{each.array}, and gives {found:,} elements"
        raise EvaluateError(f"{each.name} says that it is {told}: {each}")


def _moved(each: Instruction, operands: list[Any]) -> np.ndarray:
    """Of instructions that arrange elements, constants, and products."""
    axes = each.numbers("dimensions")
    match each.opcode:
        case "constant":
            return np.array(each.literal, np.float32)
        case "broadcast":
            (x,), target = operands, each.array.dimensions
            shape = [x.shape[axes.index(at)] if at in axes else 1 for at in range(len(target))]
            return np.broadcast_to(x.reshape(shape), target)
        case "concatenate":
            _look_at_size(each, sum(operand.size for operand in operands))
            return np.concatenate(operands, axes[0])
        case "dot":
            left, right = (each.numbers(f"{side}_contracting_dims") for side in ("lhs", "rhs"))
            rest = (np.delete(x.shape, list(n)) for x, n in zip(operands, (left, right)))
            _look_at_size(each, math.prod(int(n) for sizes in rest for n in sizes))
            return np.tensordot(operands[0], operands[1], axes=(left, right))
        case "pad":
            around = [(low, high) for low, high, _ in paddings(each)]
            sizes = zip(operands[0].shape, around, strict=True)
            _look_at_size(each, math.prod(low + n + high for n, (low, high) in sizes))
            return np.pad(operands[0], around, constant_values=operands[1])
        case "reverse":
            return np.flip(operands[0], axes)
        case "slice":
            ends = slices(each)
            if any(last > extent for (_, last, _), extent in zip(ends, operands[0].shape)):
                raise EvaluateError(f"{each.name} goes beyond its operand: {each}")
            return operands[0][tuple(slice(*part) for part in ends)]
        case "transpose":
            return np.transpose(operands[0], axes)
        case "reshape":
            return np.reshape(operands[0], each.array.dimensions)
    raise EvaluateError(f"{each.name}: nobody here evaluates a {each.opcode}")
