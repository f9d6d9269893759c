"""The note that machine code leaves where an operation has no result, and the error it tells of."""

from __future__ import annotations

from typing import Any

import numpy as np

from tern.errors import at
from tern.ir import EvaluationError, Operation, evaluator
from tern.ir.arrays import dtype_of
from tern.types import FloatType, Type, i1

WORDS = 24
"""How many numbers of 64 bits a note has: which operation, the limit of the stack, and operands."""


def root_of(op: Operation) -> Operation:
    """The module, or whatever an operation is in."""
    while op.parent_op is not None:
        op = op.parent_op
    return op


def raise_noted(note: np.ndarray, root: Operation) -> None:
    """The error that a note of 64-bit words tells of, if it tells of one.

    The operation is told by its number, from 1, among all inside `root`. Raises the interpreter's
    EvaluationError, with the location of the operation.
    """
    number = int(note[0])
    if not number:
        return
    op = next(each for count, each in enumerate(root.walk(), 1) if count == number)
    with at(op.location):
        if op.name.startswith("arith."):
            numbers = [_noted(note, 2 + k, v.type) for k, v in enumerate(op.operands)]
            evaluator(op)(*numbers)
            raise AssertionError(f"{op.name} of {numbers} has a result")
        if op.name.startswith("memref."):
            rank = len(op.operands) - 1 - (op.name == "memref.store")
            words = [int(word) for word in note[2 : 2 + 2 * rank]]
            at_index, shape = tuple(words[:rank]), tuple(words[rank:])
            raise EvaluationError(f"{op.name} of {at_index} in a buffer of shape {shape}")
        raise EvaluationError("calls are nested too deeply")


def _noted(note: np.ndarray, word: int, type: Type) -> Any:
    """A number of the type, as the interpreter has it."""
    number = note[word : word + 1].view(dtype_of(type))[0]
    if isinstance(type, FloatType):
        return float(number)
    return bool(number) if type == i1 else int(number)
