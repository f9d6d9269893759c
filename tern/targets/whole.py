"""A module's function compiled as loops, and called as `tern.run` calls it: arrays in, arrays out.

Loops take their results and their constants as arguments. This is who brings them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tern.ir import Operation, function, new_module
from tern.ir.arrays import dtype_of
from tern.lower import lower_to_loops
from tern.passes.lift_constants import lift_constants
from tern.shapes import replaced
from tern.targets.errors import EmitError
from tern.targets.runtime import Compiled
from tern.types import TensorType, Type


@dataclass
class Whole:
    """What `compile_whole` gives; called with numbers and arrays, it gives the results.

    Attributes:
        inputs, results: the types of the function, whose names of sizes say how large results are.
        constants: the arrays that the loops take after the inputs.
        compiled: the loops.
    """

    inputs: Sequence[Type]
    results: Sequence[Type]
    constants: Sequence[np.ndarray]
    compiled: Compiled

    def __call__(self, *args: Any) -> Any:
        """The result; of several a tuple. TypeError, ValueError, EvaluationError: as `tern.run`."""
        if len(args) != len(self.inputs):
            name = self.compiled.__name__
            raise TypeError(f"@{name} takes {len(self.inputs)} arguments, not {len(args)}")
        sizes: dict[str, int] = {}
        for given, type in zip(args, self.inputs):
            for size, actual in zip(getattr(type, "shape", ()), np.shape(given)):
                if isinstance(size, str) and size.isidentifier():
                    sizes.setdefault(size, actual)
        outputs = [_empty(type, sizes, self.compiled.__name__) for type in self.results]
        given = [
            np.asarray(arg, order="C") if isinstance(type, TensorType) else arg
            for arg, type in zip(args, self.inputs)
        ]
        self.compiled(*given, *self.constants, *outputs)
        values = [
            out if isinstance(type, TensorType) else out[()].item()
            for out, type in zip(outputs, self.results)
        ]
        return values[0] if len(values) == 1 else tuple(values)


def compile_whole(
    module: Operation,
    name: str,
    compile: Callable[[Operation], Compiled],
    arrange: Callable[[Operation], object] | None = None,
) -> Whole:
    """A function of a module as machine code: its constants lifted, lowered to loops, which
    `arrange` may change in place, and compiled by a target for loops. The module is left as it is.

    Raises:
        KeyError: there is no such function.
        LoweringError, EmitError: it has no form as loops, or in the target's language; or a
            result's size is no sum of the inputs'.
    """
    copy = new_module()
    for func in module.body.only_block.operations:
        copy.body.only_block.append(func.clone())
    func = function(copy, name)
    type = func.attributes["function_type"]
    constants = lift_constants(func)
    loops = lower_to_loops(copy, [name])
    if arrange is not None:
        arrange(loops)
    return Whole(type.inputs, type.results, constants, compile(function(loops, name)))


def _empty(type: Any, sizes: dict[str, int], name: str) -> np.ndarray:
    if not isinstance(type, TensorType):
        return np.empty((), dtype_of(type))
    shape = [replaced(size, sizes) for size in type.shape]
    if not all(isinstance(size, int) for size in shape):
        raise EmitError(f"@{name} gives an array whose shape is not known before it runs")
    return np.empty(shape, dtype_of(type.element))  # type: ignore[arg-type]
