"""One function for arguments of known sizes: in it every size is a number.

What a compiler without dynamic shapes needs, and does again for each new combination of sizes: JAX
calls it retracing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tern.errors import at
from tern.ir import (
    Operation,
    Value,
    evaluator,
    functions,
    is_pure,
    known_integer,
    new_module,
    replace_uses,
    verify,
)
from tern.ir.dialects.slice_arrays import DYNAMIC, dropped_axes
from tern.ir.dialects.slices import dynamic
from tern.ir.dialects.structures import STRUCTURED
from tern.ir.errors import EvaluationError
from tern.passes.dead_code import erase_dead_operations
from tern.types import FunctionType, IndexType, TensorType


class NotStatic(EvaluationError):
    """A size does not follow from those of the arguments. The message is one line."""


def specialize(func: Operation, arguments: Sequence[Any]) -> Operation:
    """A function in a module of its own that computes the same for arguments like these, and whose
    types have numbers for all sizes. Calls are inlined; the signature keeps its parameters.

    Args:
        func: in SSA form, in its module, which stays as it is.
        arguments: one for each parameter. Of a tensor its shape or an array of it, of a number of
            type index that number, where it is a size; anything for others.

    Raises:
        NotStatic: a size does not follow from the arguments, or the function has several blocks.

    O(operations of the result).
    """
    root, made = func.parent_op, func.clone()
    known = {each.attributes["sym_name"]: each for each in functions(root)} if root else {}
    new_module().body.only_block.append(made)
    block = _without_calls(made, known, ())
    numbers: dict[Value, int] = {}
    for parameter, given in zip(block.args, arguments, strict=True):
        if isinstance(parameter.type, TensorType):
            parameter.type = replace(parameter.type, shape=tuple(getattr(given, "shape", given)))
        elif isinstance(parameter.type, IndexType) and isinstance(given, int):
            numbers[parameter] = given
    _Sizes(numbers).run(block)
    inputs = tuple(parameter.type for parameter in block.args)
    results = tuple(value.type for value in block.operations[-1].operands)
    made.attributes["function_type"] = FunctionType(inputs, results)
    erase_dead_operations(made)
    verify(made)
    return made


def _without_calls(func: Operation, known: Mapping[str, Operation], around: tuple[str, ...]) -> Any:
    """The block of a function, in place of whose calls is what they call, in place. NotStatic.

    Unlike `inline` it minds no types: the names of sizes are gone in the end.
    """
    name = func.attributes["sym_name"]
    if len(func.body.blocks) != 1 or name in around:
        with at(func.location):
            raise NotStatic(f"@{name} has control flow, through which no sizes are followed")
    block, replaced = func.body.only_block, dict[Value, Value]()
    operations, block.operations = block.operations, []
    for op in operations:
        op.operands = [replaced.get(value, value) for value in op.operands]
        if replaced and op.regions:
            replace_uses(op, replaced)
        callee = known.get(op.attributes["callee"]) if op.name == "func.call" else None
        if callee is None:
            block.append(op)
            continue
        body = _without_calls(callee.clone(), known, (*around, name))
        given = dict(zip(body.args, op.operands))
        for inner in body.operations:
            replace_uses(inner, given)
        *inside, last = body.operations
        for inner in inside:
            block.append(inner)
        replaced.update(zip(op.results, last.operands))
    return block


class _Sizes:
    """Writes the sizes of one block's values into their types, from the first operation on."""

    def __init__(self, numbers: dict[Value, int]) -> None:
        self.numbers = numbers

    def run(self, block: Any) -> None:
        replaced: dict[Value, Value] = {}
        for number, op in enumerate(block.operations):
            op.operands = [replaced.get(value, value) for value in op.operands]
            known = self.known(op)
            if known is not None:
                made = Operation("arith.constant", (), [op.result.type], {"value": known})
                made.location, made.parent = op.location, block
                replaced[op.result] = made.result
                block.operations[number] = made
            elif op.name == "tensor.cast":
                replaced[op.result] = op.operands[0]
            else:
                self.refine(op)
            if replaced and op.regions:
                replace_uses(op, replaced)

    def number(self, value: Value) -> int | None:
        found = self.numbers.get(value)
        return known_integer(value) if found is None else found

    def needed(self, value: Value, op: Operation) -> int:
        found = self.number(value)
        if found is None:
            error = NotStatic(f"{op.name} has a size that no argument's size gives")
            error.location = op.location
            raise error
        return found

    def known(self, op: Operation) -> Any:
        """The number that a scalar operation gives, if it follows from known sizes."""
        if op.name == "tensor.dim":
            return op.operands[0].type.shape[self.needed(op.operands[1], op)]
        if len(op.results) != 1 or not op.operands or op.regions or not is_pure(op):
            return None
        if not isinstance(op.result.type, IndexType) or op.name == "tensor.extract":
            return None
        given = [self.number(value) for value in op.operands]
        return None if None in given else evaluator(op)(*given)

    def refine(self, op: Operation) -> None:
        """Set the types of an operation's results. What is a number is no operand any more."""
        if op.name in STRUCTURED:
            for result, out in zip(op.results, op.operands[-len(op.results) :]):
                result.type = out.type
        elif op.name in _RULES:
            _RULES[op.name](self, op)
        elif len(op.results) == 1 and isinstance(op.result.type, TensorType):
            shapes = [v.type.shape for v in op.operands if isinstance(v.type, TensorType)]
            if shapes:
                op.result.type = replace(op.result.type, shape=shapes[0])

    # the rules ----------------------------------------------------------------------------

    def made(self, op: Operation) -> None:
        """tensor.empty, splat, and expand_shape: an operand for each size that was not known."""
        first = 0 if op.name == "tensor.empty" else 1
        sizes = iter(op.operands[first:])
        old = op.result.type
        shape = [s if isinstance(s, int) else self.needed(next(sizes), op) for s in old.shape]
        op.result.type = replace(old, shape=tuple(shape))
        op.operands = op.operands[:first]

    def collapse(self, op: Operation) -> None:
        before, shape = op.operands[0].type.shape, []
        for group in op.attributes["reassociation"]:
            size = 1
            for axis in group:
                size *= before[axis]
            shape.append(size)
        op.result.type = replace(op.result.type, shape=tuple(shape))

    def filled_in(self, op: Operation, keys: Sequence[str], first: int) -> None:
        """Numbers in place of the operands that are known, in the attributes of these names."""
        operands, kept = iter(op.operands[first:]), op.operands[:first]
        for key in keys:
            entries = []
            for entry in op.attributes[key]:
                if entry == DYNAMIC:
                    value = next(operands)
                    found = self.number(value)
                    entry = DYNAMIC if found is None else found
                    kept += [value] * (found is None)
                entries.append(entry)
            op.attributes[key] = tuple(entries)
        op.operands = kept

    def slice(self, op: Operation) -> None:
        extracts = op.name == "tensor.extract_slice"
        dropped = []
        if extracts:
            dropped = dropped_axes(op.attributes["static_sizes"], op.result.type.shape) or []
        keys = [f"static_{part}" for part in ("offsets", "sizes", "strides")]
        self.filled_in(op, keys, 1 if extracts else 2)
        sizes = op.attributes["static_sizes"]
        if dynamic(sizes):
            self.needed(Value(IndexType()), op)
        if extracts:
            shape = tuple(size for axis, size in enumerate(sizes) if axis not in dropped)
            op.result.type = replace(op.result.type, shape=shape)
        else:
            op.result.type = op.operands[1].type

    def concat(self, op: Operation) -> None:
        axis, shapes = op.attributes["dim"], [value.type.shape for value in op.operands]
        shape = list(shapes[0])
        shape[axis] = sum(each[axis] for each in shapes)
        op.result.type = replace(op.result.type, shape=tuple(shape))

    def pad(self, op: Operation) -> None:
        self.filled_in(op, ["static_low", "static_high"], 1)
        low, high = op.attributes["static_low"], op.attributes["static_high"]
        if dynamic(low) or dynamic(high):
            self.needed(Value(IndexType()), op)
        shape = tuple(map(sum, zip(op.operands[0].type.shape, low, high)))
        op.result.type = replace(op.result.type, shape=shape)


_RULES = {
    "tensor.empty": _Sizes.made,
    "tensor.splat": _Sizes.made,
    "tensor.expand_shape": _Sizes.made,
    "tensor.collapse_shape": _Sizes.collapse,
    "tensor.extract_slice": _Sizes.slice,
    "tensor.insert_slice": _Sizes.slice,
    "tensor.concat": _Sizes.concat,
    "tensor.pad": _Sizes.pad,
}
