"""Values of every type, for the tests of what Triton computes with them."""

from __future__ import annotations

import numpy as np
import torch

N = 16
FLOATS = [torch.bfloat16, torch.float16, torch.float32, torch.float64]
EIGHT = [torch.float8_e4m3fn, torch.float8_e5m2]
SIGNED = [torch.int8, torch.int16, torch.int32, torch.int64]
UNSIGNED = [torch.uint8, torch.uint16, torch.uint32, torch.uint64]
INTEGERS = [*SIGNED, *UNSIGNED]
ALL = [*FLOATS, *INTEGERS, torch.bool]


def numbers(kind: torch.dtype, seed: int = 0) -> torch.Tensor:
    """Values of a type: of floats some negative, of integers the ends as well."""
    generator = np.random.default_rng(seed)
    if kind == torch.bool:
        return torch.from_numpy(generator.integers(0, 2, N).astype(bool))
    if kind.is_floating_point:
        return torch.from_numpy(generator.normal(0, 3, N)).to(kind)
    bounds = torch.iinfo(kind)
    dtype = np.dtype(str(kind).removeprefix("torch."))
    inner = generator.integers(bounds.min, bounds.max, N - 4, dtype=dtype, endpoint=True)
    ends = np.array([bounds.min, bounds.max, 1, 0], dtype=dtype)
    return torch.from_numpy(generator.permutation(np.concatenate([inner, ends])))


def array(tensor: torch.Tensor) -> np.ndarray:
    """The same in NumPy; short floats as float32."""
    short = tensor.dtype in (torch.bfloat16, *EIGHT)
    return (tensor.float() if short else tensor).numpy()


def back(values: object, kind: torch.dtype) -> torch.Tensor:
    """Numbers of NumPy as a tensor of a type: rounded to nearest, or wrapped."""
    found = np.asarray(values)
    if kind == torch.bool:
        return torch.from_numpy(np.asarray(found.astype(np.int64) & 1 != 0))
    if kind.is_floating_point:
        wide = torch.from_numpy(np.array(found))
        return wide.to(kind)
    return torch.from_numpy(found.astype(str(kind).removeprefix("torch.")))


def same(found: torch.Tensor, right: torch.Tensor) -> bool:
    one, other = array(found), array(right.expand(found.shape))
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
