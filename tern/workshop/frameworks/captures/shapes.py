"""The shape of a result, by rules that only compare and compute sizes: numbers, or symbols.

What a rule has to know of a symbol, it compares; and whoever made the symbol writes that down.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

Shape = tuple[Any, ...]


def result_shape(name: str, shapes: Sequence[Shape], params: dict[str, Any]) -> Shape:
    """The shape of what an operation gives for operands of these shapes; () is a number's.

    ValueError where the shapes do not fit.
    """
    first = shapes[0] if shapes else ()
    match name:
        case "sum" | "amax" | "mean":
            axes, keep = params["axes"], params["keepdims"]
            reduced = [(1 if n in axes else size) for n, size in enumerate(first)]
            return tuple(size for n, size in enumerate(reduced) if keep or n not in axes)
        case "matmul":
            return _matmul(*shapes)
        case "transpose":
            return tuple(first[axis] for axis in params["permutation"])
        case "reshape" | "broadcast_to" | "full":
            return tuple(params["shape"])
        case "slice":
            axis = params["axis"]
            size = _slice(first[axis], params["start"], params["stop"], params["step"])
            return (*first[:axis], size, *first[axis + 1 :])
        case "squeeze":
            return first[: params["axis"]] + first[params["axis"] + 1 :]
        case "concatenate":
            axis = params["axis"]
            total = sum(shape[axis] for shape in shapes)
            return (*first[:axis], total, *first[axis + 1 :])
        case "slice_scatter" | "softmax" | "detach":
            return first
    if name.endswith("_"):
        return first
    return broadcast(shapes)


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The shape that NumPy broadcasts these to. ValueError if they do not fit."""
    found: list[Any] = []
    for shape in shapes:
        sizes = [1] * (len(found) - len(shape)) + list(shape)
        found = [1] * (len(sizes) - len(found)) + found
        found = [_either(one, other) for one, other in zip(found, sizes)]
    return tuple(found)


def _either(one: Any, other: Any) -> Any:
    if type(one) is int and one == 1:
        return other
    if type(other) is int and other == 1:
        return one
    if one == other or other == 1:
        return one
    if one == 1:
        return other
    raise ValueError(f"the sizes {one} and {other} do not broadcast")


def _matmul(x: Shape, y: Shape) -> Shape:
    if not x[-1] == y[-2]:
        raise ValueError(f"matmul of the shapes {x} and {y}")
    return (*broadcast([x[:-2], y[:-2]]), x[-2], y[-1])


def _slice(size: Any, start: Any, stop: Any, step: Any) -> Any:
    """How many elements of an axis of this size a slice has."""
    if step is None and start is None and type(stop) is int and stop >= 0:
        return stop if size >= stop else size
    if step is None and stop is None and type(start) is int:
        if start >= 0:
            return size - start if size >= start else 0
        return -start if size >= -start else size
    if step is None and type(start) is int and type(stop) is int and 0 <= start <= stop:
        return stop - start if size >= stop else size - start if size >= start else 0
    known = operator.index(size)  # for all others it has to be the number itself
    return len(range(*slice(start, stop, step).indices(known)))
