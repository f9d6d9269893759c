"""Which lanes of a value are undefined, because a load without `other=` left them so.

Beside a block of numbers goes a block of origins: 0 where the number is defined, else the number of
the load that left it open. Every operation of the interpreter hands the origins on as it does the
numbers: a lane that is computed from an undefined one is undefined, `tl.where` takes them from the
branch it takes, and `False & undefined` is False. What a reduction makes of one undefined lane is
undefined. Only what is stored, decides a branch, or is an address makes a fault.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime.interpreter import TensorHandle

from tern.gpu.ordering import hand_on

KEY = "tern.undefined"  # in TensorHandle.attr
MOVES = frozenset(  # these only move numbers around
    """create_reshape create_trans create_expand_dims create_broadcast create_splat create_unsplat
    create_cat create_join create_split""".split()
)
OWN_RULE = frozenset(  # the builder sees to these itself
    """create_load create_store create_masked_load create_masked_store create_tensor_pointer_load
    create_tensor_pointer_store create_descriptor_load create_descriptor_store
    create_descriptor_gather create_descriptor_reduce create_descriptor_scatter
    create_make_block_ptr create_advance
    create_make_tensor_descriptor create_atomic_cas create_atomic_rmw create_dot create_print
    create_assert create_assume create_barrier create_histogram""".split()
)


def origins(handle: Any) -> np.ndarray | None:
    """The origins of a value's lanes, None if all are defined."""
    return handle.attr.get(KEY) if isinstance(handle, TensorHandle) else None


def mark(handle: Any, found: np.ndarray | None) -> Any:
    """The value, with these origins."""
    if found is not None and found.any():
        handle.attr[KEY] = found
    return handle


def follow(name: str, operation: Callable) -> Callable:
    """An operation of the builder that hands origins on, and what atomics returned."""

    @functools.wraps(operation)
    def following(self: Any, *arguments: Any, **keywords: Any) -> Any:
        result = hand_on(operation(self, *arguments, **keywords), arguments)
        if not any(origins(each) is not None for each in arguments):
            return result
        if name in MOVES:
            arguments = tuple(_as_numbers(each) for each in arguments)
            moved = operation(self, *arguments, **keywords)
            pairs = zip(result, moved) if isinstance(result, tuple) else [(result, moved)]
            for value, found in pairs:
                mark(value, found.data)
            return result
        if name == "create_select":
            found = _of_select(*arguments)
        elif name == "create_gather":
            source, indices, axis = arguments
            found = np.take_along_axis(_or_zeros(source), indices.data, axis=axis)
            found = merged(found, origins(indices))
        else:
            found = merged(*map(origins, arguments))
            if name in ("create_and", "create_or") and arguments[0].dtype.scalar == tl.int1:
                found = np.where(_decided(name == "create_or", *arguments), 0, found)
        return mark(result, np.broadcast_to(found, result.data.shape))

    return following


def merged(*all_origins: np.ndarray | None) -> np.ndarray:
    """Undefined where any of them is; the latest load is named."""
    return functools.reduce(np.maximum, [each for each in all_origins if each is not None])


def of_dot(a: Any, b: Any, c: Any) -> np.ndarray | None:
    """The origins of a·b + c: a whole row of a, a whole column of b."""
    found = [origins(c)]
    shape = (*a.data.shape[:-1], b.data.shape[-1])
    if (rows := origins(a)) is not None:
        found.append(np.broadcast_to(rows.max(axis=-1)[..., :, None], shape))
    if (columns := origins(b)) is not None:
        found.append(np.broadcast_to(columns.max(axis=-2)[..., None, :], shape))
    return merged(*found) if any(each is not None for each in found) else None


def _of_select(condition: Any, then: Any, otherwise: Any) -> np.ndarray:
    found = np.where(condition.data, _or_zeros(then), _or_zeros(otherwise))
    return merged(found, origins(condition))


def _decided(by: bool, *arguments: Any) -> np.ndarray:
    """Where one operand is defined and alone decides the result."""
    return functools.reduce(
        np.logical_or, [(each.data == by) & (_or_zeros(each) == 0) for each in arguments]
    )


def _or_zeros(handle: Any) -> np.ndarray:
    found = origins(handle)
    return np.zeros(handle.data.shape, np.int16) if found is None else found


def _as_numbers(each: Any) -> Any:
    return TensorHandle(_or_zeros(each), tl.int16) if isinstance(each, TensorHandle) else each
