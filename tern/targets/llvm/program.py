"""Running a function of a program as machine code, as `tern.run` interprets it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tern.build import build
from tern.ir import function
from tern.ir.arrays import dtype_of
from tern.lower import lower_source
from tern.shapes import replaced
from tern.targets.errors import EmitError
from tern.targets.llvm.compile import compile_llvm
from tern.targets.llvm.scalars import is_scalar
from tern.text import Source
from tern.types import TensorType


def run_native(source: str | Source, name: str, args: Sequence[Any]) -> Any:
    """What the function `name` of a program returns, compiled by LLVM.

    Numbers are Python's, tensors NumPy arrays. A result's sizes must be sizes of arguments, or sums
    of them.

    Raises:
        EmitError, LoweringError: the function has no form in LLVM IR, or as loops.
        EvaluationError: as the interpreter.
    """
    module = build(source)
    func = function(module, name)
    if is_scalar(func):
        return compile_llvm(func)(*args)
    type, loops = func.attributes["function_type"], function(lower_source(source, [name]), name)
    sizes: dict[str, int] = {}
    for given, arg in zip(args, type.inputs):
        for size, actual in zip(getattr(arg, "shape", ()), np.shape(given)):
            if isinstance(size, str) and size.isidentifier():
                sizes.setdefault(size, actual)
    given = [
        np.asarray(value) if isinstance(t, TensorType) else value
        for value, t in zip(args, type.inputs)
    ]
    results = [_empty(result, sizes, name) for result in type.results]
    compile_llvm(loops)(*given, *results)
    values = [
        r if isinstance(t, TensorType) else r[()].item() for r, t in zip(results, type.results)
    ]
    return values[0] if len(values) == 1 else tuple(values)


def _empty(type: Any, sizes: dict[str, int], name: str) -> np.ndarray:
    if not isinstance(type, TensorType):
        return np.empty((), dtype_of(type))
    replacements = [replaced(size, sizes) for size in type.shape]
    shape = [size for size in replacements if isinstance(size, int)]
    if len(shape) < type.rank:
        raise EmitError(f"@{name} gives an array whose shape is not known before it runs")
    return np.empty(shape, dtype_of(type.element))
