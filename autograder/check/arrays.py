"""Arrays and numbers as plain data, for files between processes that do not trust each other."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

DTYPES = frozenset("bool int8 uint8 int32 int64 float16 float32 float64".split())
MAX_BYTES = 1 << 26


def packed(value: Any) -> Any:
    """An array, or a number as it is; a float that JSON has no word for goes as its name."""
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value).tobytes()
        return [value.dtype.name, list(value.shape), base64.b64encode(data).decode()]
    number = value.item() if hasattr(value, "item") else value
    return {"float": number.hex()} if isinstance(number, float) else number


def unpacked(data: Any) -> Any:
    """What `packed` was given. ValueError for anything else."""
    if type(data) in (bool, int):
        return data
    try:
        if isinstance(data, dict):
            return float.fromhex(data["float"])
        name, shape, text = data
        if name not in DTYPES or not all(type(n) is int and 0 <= n for n in shape):
            raise ValueError("no array")
        if math.prod(shape) * np.dtype(name).itemsize > MAX_BYTES:
            raise ValueError("too many elements")
        return np.frombuffer(base64.b64decode(text), name).reshape(shape).copy()
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(str(error)) from None
