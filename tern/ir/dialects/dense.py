"""The numbers of a large constant, such as a network's weights, as the bytes that they are.

A nested tuple of Python's floats takes 32 bytes a number, and a check of each; a layer has
millions. MLIR keeps both forms apart as well: DenseElementsAttr holds raw bytes, and its text
spells them in hexadecimal from a hundred numbers on.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from tern.ir.dialects.evaluate import dtype_of
from tern.lazily import Lazily
from tern.types import TensorType, Type, VectorType

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")

LARGE = 100
"""More numbers than so many are kept as bytes."""


class Dense:
    """Numbers row after row, little-endian; what type they have, the constant's type says.

    It is immutable, is equal to one with the same bytes, and can be shared.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def digest(self) -> str:
        """A text that two values share only if their bytes are the same."""
        return hashlib.sha256(self.data).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dense) and self.data == other.data

    def __hash__(self) -> int:
        return hash(self.data)  # bytes remember theirs

    def __repr__(self) -> str:
        return f"<{len(self.data)} bytes {self.digest}>"


Shaped: TypeAlias = TensorType | VectorType


def several(value: object) -> bool:
    """Whether a constant's value is many numbers, and not one that all elements are."""
    return isinstance(value, (tuple, Dense))


def array_of(value: Any, type: Shaped) -> Any:
    """The array that a constant of a type of known sizes is. O(n); of Dense numbers O(1), and the
    array can only be read."""
    dtype, shape = dtype_of(type.element), cast("tuple[int, ...]", type.shape)
    if isinstance(value, Dense):
        return (
            np.frombuffer(value.data, dtype.newbyteorder("<"))
            .astype(dtype, copy=False)
            .reshape(shape)
        )
    if isinstance(value, tuple):
        return np.array(value, dtype).reshape(shape)
    return np.full(shape, value, dtype)


def value_of(array: Any) -> Any:
    """An array as a constant's value: one number if all elements are the same, bit by bit; nested
    tuples; or Dense, if there are more numbers than LARGE. O(n)."""
    flat = np.ascontiguousarray(array).reshape(-1)
    if flat.size and (flat.view(f"u{flat.itemsize}") == flat.view(f"u{flat.itemsize}")[0]).all():
        return _plain(flat[:1])[0]
    if flat.size > LARGE:
        return Dense(flat.astype(flat.dtype.newbyteorder("<"), copy=False).tobytes())

    def nested(part: Any) -> Any:
        return tuple(map(nested, part)) if isinstance(part, list) else part

    return nested(_plain(np.asarray(array))) if flat.size else ()


def _plain(array: Any) -> Any:
    """Python's numbers; those of bfloat16 by way of float32, which has them all."""
    return array.astype(np.float32).tolist() if array.dtype.kind == "V" else array.tolist()


def bytes_of(value: Any, type: Shaped) -> bytes:
    """The bytes of a constant's numbers, as MLIR's text has them in hexadecimal."""
    return value.data if isinstance(value, Dense) else array_of(value, type).tobytes()


def misfit(value: Dense, type: Type) -> str | None:
    """Why Dense numbers are none of a type of known sizes; None if they are."""
    if not isinstance(type, (TensorType, VectorType)):
        return f"the bytes of many numbers are no constant of type {type}"
    count = dtype_of(type.element).itemsize
    for size in type.shape:
        count *= cast(int, size)
    if len(value.data) != count:
        return f"a constant of type {type} has {count} bytes, not {len(value.data)}"
    return None
