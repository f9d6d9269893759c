"""MLIR as a target: what a function compiles to, and how it is called."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tern.errors import TernError
from tern.ir import EvaluationError, Operation, Value, check_scalar, evaluator
from tern.ir.arrays import check_array
from tern.ir.dialects.forms import element_of
from tern.ir.machine import check_names
from tern.numbers import is_unsigned
from tern.targets.mlir.apart import lowered
from tern.targets.mlir.emit import (
    as_entry,
    by_number,
    mlir_text,
    number_of,
    numbered,
)
from tern.targets.mlir.engine import Engine, Failed
from tern.targets.mlir.executable import make_executable, with_library
from tern.targets.mlir.package import MlirError
from tern.targets.mlir.pipelines import PIPELINES, kind_of
from tern.targets.notes import root_of
from tern.targets.runtime import Compiled, CompiledLoops
from tern.types import FloatType, MemRefType, TensorType, i1


def compile_mlir(func: Operation, *, level: int = 2) -> Compiled:
    """A function as machine code, which MLIR's own passes and JIT make of `mlir_text`.

    One of tensors, or of numbers, takes and gives what the interpreter does; it writes to none of
    its arguments. One of loops changes NumPy arrays in place. What differs in the last places,
    tern.conformance.PERMITTED says. Where there is no result EvaluationError is raised; of sizes of
    tensors that don't fit together only the arguments' are looked at. Nothing stops a loop without
    end, nor a function that calls itself too often.

    Args:
        level: that of LLVM's optimizer, 0 to 3.

    Raises:
        EmitError: an operation or a type has no form in MLIR.
        MlirError: MLIR itself refuses, crashes, or needs too long; with the location.
        MlirMissing: the package torch-mlir is not there.
    """
    kind, name = kind_of(func), func.attributes["sym_name"]
    copy, originals = numbered(func)
    make_executable(root_of(copy))
    text = as_entry(mlir_text(copy, locate=by_number), name)
    passes = [(stage.name, stage.passes) for stage in PIPELINES[kind]]
    try:
        (found,) = lowered(text, passes, guarded=True)
    except MlirError as error:
        raise _located(error, originals, func) from None
    engine = Engine(with_library(found), level)
    pointer = engine.pointer(name)
    type = func.attributes["function_type"]

    def entry(*given: Any) -> list[Any]:
        try:
            return engine.call(pointer, given, type.inputs, type.results)
        except Failed as failed:
            raise _evaluation_error(originals[failed.number], failed.words) from None

    made = MlirLoops if kind == "loops" else MlirFunction
    return made(func, mlir_text(func), entry)


def _located(error: MlirError, originals: Sequence[Operation], func: Operation) -> TernError:
    number = number_of(error.place)
    error.location = originals[number].location if number is not None else func.location
    return error


def _evaluation_error(op: Operation, words: Sequence[int]) -> EvaluationError:
    """What the interpreter raises where the operation has no result, of these operands."""
    if not op.name.startswith("arith."):
        at, size = words
        error = EvaluationError(f"{op.name} at {at} along an axis of {size} elements")
    else:
        type = element_of(op.operands[0].type)
        numbers = [_number(word, type) for word, _ in zip(words, op.operands)]
        scalars = [Value(type) for _ in numbers]
        again = Operation(op.name, scalars, [element_of(op.results[0].type)], op.attributes)
        try:
            evaluator(again)(*numbers)
            raise AssertionError(f"{op.name} of {numbers} has a result")
        except EvaluationError as found:
            error = found
    error.location = op.location
    return error


def _number(word: int, type: Any) -> Any:
    if isinstance(type, FloatType):
        return struct.unpack("<d", struct.pack("<q", word))[0]
    if type == i1:
        return bool(word & 1)
    return word % 256 if is_unsigned(type) else word


@dataclass
class MlirFunction(Compiled):
    """A function of tensors or numbers. TypeError, ValueError, or OverflowError for arguments that
    are not of its types."""

    def __call__(self, *args: Any) -> Any:
        inputs = self.func.attributes["function_type"].inputs
        if len(args) != len(inputs):
            raise TypeError(f"@{self.__name__} takes {len(inputs)} arguments, not {len(args)}")
        given = [_checked(arg, type) for arg, type in zip(args, inputs)]
        check_names(inputs, [getattr(value, "shape", ()) for value in given])
        found = self.entry(*given)
        return found[0] if len(found) == 1 else tuple(found)


def _checked(value: Any, type: Any) -> Any:
    if isinstance(type, TensorType):
        return np.ascontiguousarray(check_array(value, type)).reshape(np.shape(value))
    return check_scalar(value, type)


@dataclass
class MlirLoops(CompiledLoops):
    """A function of loops. Arrays that are not contiguous, or overlap, are run on as copies."""

    arrays: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        inputs = self.func.attributes["function_type"].inputs
        self.arrays = [at for at, type in enumerate(inputs) if isinstance(type, MemRefType)]

    def __call__(self, *args: Any) -> None:
        given = self.checked(args)
        fit = list(given)
        for at in self.arrays:
            array = given[at]
            others = [given[other] for other in self.arrays if other != at]
            dense = array.flags.c_contiguous and array.flags.aligned
            if not dense or any(np.may_share_memory(array, other) for other in others):
                fit[at] = np.array(array, order="C")
        self.entry(*fit)
        for at in self.arrays:
            if fit[at] is not given[at] and given[at].flags.writeable:
                given[at][...] = fit[at]
