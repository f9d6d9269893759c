"""Small functions as graphs of ATen operations, and what tern makes of them beside PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from tern.frontends.torch import decompose, import_torch
from tern.frontends.torch.capture import core_decompositions
from tern.frontends.torch.constants import numbers_of
from tern.ir import Operation, function, run
from tern.ir.arrays import dtype_of
from tern.ir.dialects.forms import element_of
from tern.types import TensorType


def traced(compute: Callable[..., Any], *inputs: Any, symbolic: bool = False) -> Any:
    """The GraphModule of a function of tensors, whose sizes above 1 are symbols if asked for."""
    mode = "symbolic" if symbolic else "fake"

    def listed(*values: Any) -> list[Any]:
        found = compute(*values)
        return list(found) if isinstance(found, (tuple, list)) else [found]

    return make_fx(listed, tracing_mode=mode, decomposition_table=dict(core_decompositions()))(
        *inputs
    )


def imported(compute: Callable[..., Any], *inputs: Any, symbolic: bool = False) -> Operation:
    """The module for a function of tensors."""
    return import_torch(decompose(traced(compute, *inputs, symbolic=symbolic)))


def computed(module: Operation, inputs: Sequence[Any]) -> list[np.ndarray]:
    """What the interpreter makes of a module's `@main`."""
    types = function(module, "main").attributes["function_type"]
    given = [_passed(value, type) for value, type in zip(inputs, types.inputs)]
    found = run(module, "main", *given)
    return list(found) if isinstance(found, tuple) else [found]


def _passed(value: Any, type: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    array = numbers_of(value)
    return (
        array.astype(dtype_of(element_of(type)), copy=False)
        if isinstance(type, TensorType)
        else array.item()
    )


def compare(found: Sequence[Any], expected: Any, tolerance: float = 1e-5) -> None:
    """AssertionError if results aren't those of PyTorch: types, shapes, and numbers, which may
    differ by `tolerance` of the largest."""
    expected = list(expected) if isinstance(expected, (tuple, list)) else [expected]
    assert len(found) == len(expected)
    for have, want in zip(found, map(numbers_of, expected)):
        have = np.asarray(have)
        assert (have.dtype, have.shape) == (want.dtype, want.shape)
        if want.dtype.kind not in "fV":
            assert np.array_equal(have, want), (have, want)
            continue
        have, want = have.astype(np.float64), want.astype(np.float64)
        finite = np.abs(want[np.isfinite(want)])
        scale = max(1.0, float(finite.max(initial=0.0)))
        close = np.isclose(have, want, rtol=tolerance, atol=tolerance * scale, equal_nan=True)
        assert close.all(), (have, want)
