"""Which variables hold a known number at each block: constants as an ordinary dataflow problem."""

from __future__ import annotations

from typing import Any

from tern.ir import EvaluationError, Operation, Value, evaluator
from tern.types import IntegerType


class _Varying:
    def __repr__(self) -> str:
        return "varying"


VARYING: Any = _Varying()
"""The fact that a value is not always the same number: the bottom of the lattice."""

Facts = dict[Value, Any]
"""What is known of variables and values: a number, or VARYING; nothing yet of those missing."""


class Constants:
    """What variables (`memref.alloca`) and values hold, of a function in the flat form.

    A number is an integer here: floats, whose zeros and NaNs compare as they like, vary. So do
    block arguments. Every block is taken to be reachable, whatever its branch's condition says. No
    variable may be passed on: what a callee stores there is not seen.
    """

    backward = False

    def __init__(self, func: Operation) -> None:
        self.blocks = func.body.blocks
        self.start: Facts = {}
        self.boundary: Facts = {}

    def meet(self, a: Facts, b: Facts) -> Facts:
        met = dict(a)
        for value, fact in b.items():
            met[value] = fact if met.get(value, fact) == fact else VARYING
        return met

    def transfer(self, block: int, fact: Facts) -> Facts:
        facts = dict(fact)
        facts.update((arg, VARYING) for arg in self.blocks[block].args)
        for op in self.blocks[block].operations:
            if op.name == "memref.alloca":
                facts.pop(op.result, None)
            elif op.name == "memref.store":
                _learn(facts, op, op.operands[1])
            else:
                for result in op.results:
                    _learn(facts, op, result)
        return facts


def _learn(facts: Facts, op: Operation, value: Value) -> None:
    """What `value` holds after `op`: nothing is known while nothing is known of an operand."""
    copies = op.name in ("memref.load", "memref.store")
    numbers = [facts.get(operand) for operand in (op.operands[:1] if copies else op.operands)]
    if VARYING in numbers:
        facts[value] = VARYING
    elif None in numbers:
        facts.pop(value, None)
    elif copies:
        facts[value] = numbers[0]
    else:
        facts[value] = _computed(op, numbers)


def _computed(op: Operation, numbers: list[Any]) -> Any:
    if not isinstance(op.results[0].type, IntegerType):
        return VARYING
    try:
        return evaluator(op)(*numbers)
    except EvaluationError:  # it fails, or isn't an operation on single numbers
        return VARYING
