"""The builder appends operations to a block and works out their result types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tern.ir.core import Block, Operation, OpResult, Region, Successor, Value
from tern.ir.dialects.forms import element_of, same_shape_of
from tern.ir.linalg_builder import LinalgBuilder
from tern.types import (
    FloatType,
    FunctionType,
    MemRefType,
    Type,
    i1,
)


def new_module() -> Operation:
    """An empty builtin.module: one region of one block."""
    return Operation("builtin.module", regions=[Region([Block()])])


def new_function(name: str, inputs: Iterable[Type], results: Iterable[Type]) -> Operation:
    """A func.func with an entry block that has the inputs as its arguments."""
    type = FunctionType(tuple(inputs), tuple(results))
    attributes = {"sym_name": name, "function_type": type}
    return Operation("func.func", (), (), attributes, regions=[Region([Block(type.inputs)])])


class Builder(LinalgBuilder):
    """Appends operations to `block`, which you may change at any time.

    `location`, when set, becomes the location of every operation built.
    """

    def __init__(self, block: Block, location: Any = None) -> None:
        self.block = block
        self.location = location

    def op(
        self,
        name: str,
        operands: Iterable[Value] = (),
        result_types: Iterable[Type] = (),
        attributes: Mapping[str, Any] | None = None,
        successors: Iterable[Successor] = (),
        regions: Iterable[Region] = (),
        location: Any = None,
    ) -> Operation:
        op = Operation(
            name,
            operands,
            result_types,
            attributes,
            successors,
            regions,
            self.location if location is None else location,
        )
        return self.block.append(op)

    # func, cf -----------------------------------------------------------------------------

    def func(self, name: str, inputs: Iterable[Type], results: Iterable[Type]) -> Operation:
        func = new_function(name, inputs, results)
        func.location = self.location
        return self.block.append(func)

    def ret(self, values: Iterable[Value] = ()) -> Operation:
        return self.op("func.return", values)

    def call(self, callee: str, args: Iterable[Value], result_types: Iterable[Type]) -> Operation:
        return self.op("func.call", args, result_types, {"callee": callee})

    def br(self, block: Block, args: Iterable[Value] = ()) -> Operation:
        return self.op("cf.br", successors=[(block, list(args))])

    def cond_br(
        self,
        condition: Value,
        then: Block,
        then_args: Iterable[Value],
        otherwise: Block,
        otherwise_args: Iterable[Value] = (),
    ) -> Operation:
        successors = [(then, list(then_args)), (otherwise, list(otherwise_args))]
        return self.op("cf.cond_br", [condition], successors=successors)

    # arith, math --------------------------------------------------------------------------

    def constant(self, value: Any, type: Type) -> OpResult:
        """`value` is a number or bool; for a tensor also nested tuples, else a splat."""
        return self.op("arith.constant", (), [type], {"value": value}).results[0]

    def unary(self, name: str, operand: Value) -> OpResult:
        """arith.negf, math.exp, …: the result has the operand's type."""
        return self.op(name, [operand], [operand.type]).results[0]

    def binary(self, name: str, left: Value, right: Value) -> OpResult:
        """arith.addi, arith.mulf, math.powf, …: the result has the left operand's type."""
        return self.op(name, [left, right], [left.type]).results[0]

    def compare(self, predicate: str, left: Value, right: Value) -> OpResult:
        """arith.cmpi or arith.cmpf, whichever suits the operands' type.

        Predicates of cmpi: eq ne slt sle sgt sge ult ule ugt uge; of cmpf: oeq ogt oge olt
        ole one ord ueq ugt uge ult ule une uno false true.
        """
        element = element_of(left.type)
        name = "arith.cmpf" if isinstance(element, FloatType) else "arith.cmpi"
        attributes = {"predicate": predicate}
        return self.op(name, [left, right], [bool_like(left.type)], attributes).results[0]

    def select(self, condition: Value, then: Value, otherwise: Value) -> OpResult:
        operands = [condition, then, otherwise]
        return self.op("arith.select", operands, [then.type]).results[0]

    def cast(self, name: str, operand: Value, type: Type) -> OpResult:
        """arith.sitofp, arith.extf, arith.index_cast, tensor.cast, …: to `type`."""
        return self.op(name, [operand], [type]).results[0]

    # memref: variables --------------------------------------------------------------------

    def alloca(self, element: Type) -> OpResult:
        """A new variable that holds an `element`."""
        return self.op("memref.alloca", (), [MemRefType((), element)]).results[0]

    def load(self, slot: Value) -> OpResult:
        return self.op("memref.load", [slot], [slot.type.element]).results[0]

    def store(self, value: Value, slot: Value) -> Operation:
        return self.op("memref.store", [value, slot])

    # scf ----------------------------------------------------------------------------------

    def if_(self, condition: Value, result_types: Iterable[Type] = ()) -> Operation:
        """An scf.if with two regions of one empty block; fill both, each up to its yield."""
        regions = [Region([Block()]), Region([Block()])]
        return self.op("scf.if", [condition], result_types, regions=regions)

    def for_(
        self, lower: Value, upper: Value, step: Value, initial: Sequence[Value] = ()
    ) -> Operation:
        """An scf.for; its block's arguments are the index and then the carried values."""
        types = [value.type for value in initial]
        body = Region([Block([lower.type, *types])])
        return self.op("scf.for", [lower, upper, step, *initial], types, regions=[body])

    def while_(self, initial: Sequence[Value], result_types: Sequence[Type]) -> Operation:
        """An scf.while: region 0 ends in scf.condition, region 1 in scf.yield."""
        before = Region([Block([value.type for value in initial])])
        after = Region([Block(result_types)])
        return self.op("scf.while", initial, result_types, regions=[before, after])

    def yield_(self, values: Iterable[Value] = ()) -> Operation:
        return self.op("scf.yield", values)

    def condition(self, condition: Value, values: Iterable[Value] = ()) -> Operation:
        return self.op("scf.condition", [condition, *values])


def bool_like(type: Type) -> Type:
    """i1, or for a tensor type the tensor of i1 of the same shape: what a comparison gives."""
    return same_shape_of(i1, type)
