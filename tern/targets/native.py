"""Running a function of a program as a target's machine code, as `tern.run` interprets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tern.build import build
from tern.ir import Operation, function
from tern.ir.arrays import dtype_of
from tern.lower import lower_source
from tern.shapes import replaced
from tern.targets.errors import EmitError
from tern.targets.llvm.scalars import is_scalar
from tern.targets.runtime import Compiled
from tern.text import Source
from tern.types import TensorType

Change = Callable[[Operation], object]


def _nothing(module: Operation) -> None:
    pass


def run_native(
    source: str | Source,
    name: str,
    args: Sequence[Any],
    compile: Callable[[Operation], Compiled],
    prepare: Change = _nothing,
    arrange: Change = _nothing,
    scalars: bool = True,
) -> Any:
    """What the function `name` of a program returns, as `compile` makes it machine code.

    `prepare` may change the module in place before that, and `arrange` the loops that it is
    lowered to, as functions of numbers alone are too unless `compile` takes `scalars`. Numbers are
    Python's, tensors NumPy arrays. A result's sizes must be sizes of arguments, or sums of them.

    Raises:
        EmitError, LoweringError: the function has no form in the language, or as loops.
        EvaluationError: as the interpreter.
    """
    module = build(source)
    prepare(module)
    func = function(module, name)
    if scalars and is_scalar(func):
        return compile(func)(*args)
    type = func.attributes["function_type"]
    module = lower_source(source, [name], prepare)
    arrange(module)
    loops = function(module, name)
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
    compile(loops)(*given, *results)
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
