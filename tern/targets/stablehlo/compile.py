"""XLA as a target: a function, compiled once for each combination of its arguments' sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tern.ir import Operation, check_scalar
from tern.ir.arrays import check_array, dtype_of
from tern.ir.machine import check_names
from tern.passes.specialize import specialize
from tern.targets.runtime import Compiled
from tern.targets.stablehlo.child import arrays_of
from tern.targets.stablehlo.emit import stablehlo_text
from tern.targets.stablehlo.xla import ask, process_number
from tern.types import IndexType, TensorType, i1


def compile_xla(func: Operation) -> XlaFunction:
    """A function of tensors that XLA compiles and runs, in a process beside this one.

    It takes and gives what the interpreter does. XLA compiles for sizes that are numbers: the
    first call with new ones specializes the function and compiles it, which takes a tenth of a
    second and more; later ones cost what moving the arrays does. Where the definition has no
    result (a division by 0) it gives some number: it does not fail. What differs in the last
    places, tern.conformance.PERMITTED says.

    Raises:
        EmitError, NotStatic: of the call, too: an operation has no form, or a size is not known.
        XlaError: XLA refuses it, or did not survive it.
        XlaMissing: jax is not there.
    """
    return XlaFunction(func, "", lambda *args: None)


@dataclass
class XlaFunction(Compiled):
    """A function of tensors or numbers. TypeError, ValueError, or OverflowError for arguments that
    are not of its types."""

    _made: dict[tuple[Any, ...], _Executable] = field(default_factory=dict, init=False, repr=False)

    def __call__(self, *args: Any) -> Any:
        inputs = self.func.attributes["function_type"].inputs
        if len(args) != len(inputs):
            raise TypeError(f"@{self.__name__} takes {len(inputs)} arguments, not {len(args)}")
        given = [_checked(arg, type) for arg, type in zip(args, inputs)]
        check_names(inputs, [getattr(value, "shape", ()) for value in given])
        found = self.executable(given)(given)
        return found[0] if len(found) == 1 else tuple(found)

    def executable(self, args: Sequence[Any]) -> _Executable:
        """What is run for arguments like these."""
        like = tuple(
            arg.shape
            if isinstance(arg, np.ndarray)
            else arg
            if isinstance(type, IndexType)
            else None
            for arg, type in zip(args, self.func.attributes["function_type"].inputs)
        )
        if like not in self._made:
            self._made[like] = _Executable(specialize(self.func, like))
        return self._made[like]

    def text(self, *args: Any) -> str:
        """The module in StableHLO that is compiled for arguments like these."""
        return self.executable(args).text


class _Executable:
    """One module, which XLA has compiled in the process that is there now."""

    def __init__(self, func: Operation) -> None:
        self.type = func.attributes["function_type"]
        self.text = stablehlo_text(func, entry="main")
        self.number, self.process = -1, -1

    def __call__(self, args: Sequence[Any]) -> list[Any]:
        if self.process != process_number():  # the first time, or XLA has crashed since
            self.number = ask("compile", text=self.text)[0]["number"]
            self.process = process_number()
        arrays = [
            np.asarray(arg, dtype_of(getattr(type, "element", type)))
            for arg, type in zip(args, self.type.inputs)
        ]
        found = arrays_of(*ask("run", arrays, number=self.number))
        return [_result(array, type) for array, type in zip(found, self.type.results)]


def _like(arg: Any, type: Any) -> Any:
    """What of an argument may be a size."""
    if isinstance(type, TensorType):
        return np.shape(arg)
    return arg if isinstance(type, IndexType) else None


def _result(array: np.ndarray, type: Any) -> Any:
    if isinstance(type, TensorType):
        return array.astype(dtype_of(type.element))
    return bool(array) if type == i1 else array.astype(dtype_of(type)).item()


def _checked(value: Any, type: Any) -> Any:
    return check_array(value, type) if isinstance(type, TensorType) else check_scalar(value, type)
