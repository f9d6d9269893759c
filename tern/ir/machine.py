"""Running a whole module: every form, calls, and tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tern.ir.core import Block, Operation, Region, Value, captured_values, function
from tern.ir.dialects.forms import element_of
from tern.ir.errors import EvaluationError, OutOfSteps
from tern.ir.interpreter import decode_step
from tern.ir.scalar import check_scalar
from tern.numbers import width_of, wrap
from tern.shapes import guards, refusal, refuted
from tern.types import TensorType, Type

Step = Callable[[list[Any]], None]

# A block ready to run: its steps, the registers that its terminator reads, its edges, and itself.
_Edge = tuple[int, list[int], list[int]]
_Code = tuple[list[Step], list[int], list[_Edge], Block]


def run(
    module: Operation,
    name: str,
    *args: Any,
    max_steps: int | None = None,
    branches: list[tuple[Block, bool]] | None = None,
    visits: dict[Block, int] | None = None,
) -> Any:
    """Call the function `name` of a module, in any form, and give what it returns.

    That is the result itself if the function has one, and a tuple if it has none or several.
    Scalars are Python numbers, as in `interpret`; tensors are NumPy arrays (index as int64),
    of which results are fresh copies. Lists of numbers may stand for argument arrays. Each
    cf.cond_br that runs adds its block to `branches`, and whether its condition held. `visits`
    counts how often each block runs, up to an error.

    Raises:
        KeyError: the module has no such function.
        EvaluationError: something without a defined result, calls nested too deeply, or more
            than `max_steps` operations.
        TypeError, ValueError, OverflowError: `args` are not values of the function's inputs.
    """
    func = function(module, name)
    inputs = func.attributes["function_type"].inputs
    if len(args) != len(inputs):
        raise TypeError(f"@{name} takes {len(inputs)} arguments, not {len(args)}")
    values = [_check(value, type) for value, type in zip(args, inputs)]
    check_names(inputs, [getattr(value, "shape", ()) for value in values])
    machine = _Machine(module, max_steps, branches, visits)
    try:
        results = machine.call(name, values)
    except RecursionError:
        raise EvaluationError("calls are nested too deeply") from None
    copies = tuple(value.copy() if hasattr(value, "copy") else value for value in results)
    return copies[0] if len(copies) == 1 else copies


def _check(value: Any, type: Type) -> Any:
    if not isinstance(type, TensorType):
        return check_scalar(value, type)
    from tern.ir.arrays import check_array

    return check_array(value, type)


def check_names(types: Sequence[Type], shapes: Sequence[tuple[int, ...]]) -> None:
    """ValueError if the sizes of the arguments are not what the types' names and sums say.

    The numbers among the sizes have been looked at.
    """
    declared = tuple(getattr(type, "shape", ()) for type in types)
    known = [tuple(s if isinstance(s, int) else None for s in shape) for shape in declared]
    wrong = refuted(guards(declared, known), shapes)
    if wrong is not None:
        raise ValueError(refusal(wrong, declared, shapes))


class _Machine:
    """The functions of a module, each decoded when it is first called."""

    def __init__(
        self,
        module: Operation,
        max_steps: int | None,
        branches: list[tuple[Block, bool]] | None = None,
        visits: dict[Block, int] | None = None,
    ) -> None:
        self.module, self.branches, self.visits = module, branches, visits
        self.steps_left = float("inf") if max_steps is None else max_steps
        self.decoded: dict[str, tuple[int, list[int], list[_Code]]] = {}

    def call(self, name: str, args: list[Any]) -> list[Any]:
        if name not in self.decoded:
            self.decoded[name] = self._decode_function(name)
        size, inputs, code = self.decoded[name]
        registers: list[Any] = [None] * size
        for target, value in zip(inputs, args):
            registers[target] = value
        return self.blocks(code, registers)

    def blocks(self, code: list[_Code], r: list[Any]) -> list[Any]:
        """Run from the first block until a terminator without successors; what that reads."""
        current = 0
        while True:
            steps, read, edges, block = code[current]
            if self.visits is not None:
                self.visits[block] = self.visits.get(block, 0) + 1
            self.steps(steps, r, block)
            if not edges:
                return [r[i] for i in read]
            taken = 1 if read and not r[read[0]] else 0
            if self.branches is not None and read:
                self.branches.append((block, not taken))
            current, sources, targets = edges[taken]
            for target, value in zip(targets, [r[i] for i in sources]):
                r[target] = value

    def steps(self, steps: list[Step], r: list[Any], block: Block) -> None:
        self.steps_left -= len(steps) + 1
        if self.steps_left < 0:
            raise OutOfSteps("the function takes too many steps")
        step = None
        try:
            for step in steps:
                step(r)
        except EvaluationError as error:
            if error.location is None and step is not None:
                error.location = block.operations[steps.index(step)].location
            raise

    # decoding -----------------------------------------------------------------------------

    def _decode_function(self, name: str) -> tuple[int, list[int], list[_Code]]:
        try:
            func = function(self.module, name)
        except KeyError:
            raise EvaluationError(f"there is no function @{name}") from None
        if not func.body.blocks:
            raise EvaluationError(f"@{name} has no body")
        register: dict[Value, int] = {}
        for op in func.walk():
            for result in op.results:
                register[result] = len(register)
            for region in op.regions:
                for block in region.blocks:
                    for arg in block.args:
                        register[arg] = len(register)
        inputs = [register[arg] for arg in func.body.blocks[0].args]
        return len(register), inputs, self.decode_region(func.body, register)

    def decode_region(self, region: Region, register: dict[Value, int]) -> list[_Code]:
        number = {block: i for i, block in enumerate(region.blocks)}
        return [self._decode_block(block, number, register) for block in region.blocks]

    def _decode_block(
        self, block: Block, number: dict[Block, int], register: dict[Value, int]
    ) -> _Code:
        *body, last = block.operations
        edges = [
            (number[to], [register[v] for v in args], [register[a] for a in to.args])
            for to, args in last.successors
        ]
        steps = [self._decode(op, register) for op in body]
        return steps, [register[value] for value in last.operands], edges, block

    def _decode(self, op: Operation, register: dict[Value, int]) -> Step:
        if op.name in _STRUCTURED:
            return _STRUCTURED[op.name](self, op, register)
        types = [value.type for value in (*op.operands, *op.results)]
        if not any(isinstance(type, TensorType) for type in types) or op.name in _ANY_TYPE:
            return decode_step(op, register)

        from tern.ir.arrays import array_evaluator, np

        compute = array_evaluator(op)
        ins = [register[value] for value in (*op.operands, *captured_values(op))]
        out, *others = [register[result] for result in op.results]

        def step(r: list[Any]) -> None:
            with np.errstate(all="ignore"):  # NaN and infinity are values here, not news
                found = compute(*[r[i] for i in ins])
            if others:
                for where, value in zip((out, *others), found):
                    r[where] = value
            else:
                r[out] = found

        return step


# Variables hold values of any type, and so can be left to the scalar interpreter.
_ANY_TYPE = frozenset({"memref.alloca", "memref.load", "memref.store"})


def _call_step(machine: _Machine, op: Operation, register: dict[Value, int]) -> Step:
    callee = op.attributes["callee"]
    ins = [register[value] for value in op.operands]
    outs = [register[result] for result in op.results]

    def step(r: list[Any]) -> None:
        results = machine.call(callee, [r[i] for i in ins])
        for out, value in zip(outs, results):
            r[out] = value

    return step


def _if_step(machine: _Machine, op: Operation, register: dict[Value, int]) -> Step:
    condition = register[op.operands[0]]
    outs = [register[result] for result in op.results]
    then, otherwise = [machine.decode_region(region, register) for region in op.regions]

    def step(r: list[Any]) -> None:
        values = machine.blocks(then if r[condition] else otherwise, r)
        for out, value in zip(outs, values):
            r[out] = value

    return step


def _for_step(machine: _Machine, op: Operation, register: dict[Value, int]) -> Step:
    lower, upper, by, *initial = [register[value] for value in op.operands]
    variable, *carried = [register[arg] for arg in op.body.blocks[0].args]
    outs = [register[result] for result in op.results]
    body = machine.decode_region(op.body, register)
    width = width_of(element_of(op.operands[0].type))

    def step(r: list[Any]) -> None:
        values = [r[i] for i in initial]
        if r[by] <= 0:
            raise EvaluationError(f"a loop counts up by {r[by]}")
        for i in range(r[lower], r[upper], r[by]):
            r[variable] = wrap(i, width)
            for target, value in zip(carried, values):
                r[target] = value
            values = machine.blocks(body, r)
        for out, value in zip(outs, values):
            r[out] = value

    return step


def _while_step(machine: _Machine, op: Operation, register: dict[Value, int]) -> Step:
    initial = [register[value] for value in op.operands]
    outs = [register[result] for result in op.results]
    before, after = [
        (
            [register[arg] for arg in region.blocks[0].args],
            machine.decode_region(region, register),
        )
        for region in op.regions
    ]

    def step(r: list[Any]) -> None:
        values = [r[i] for i in initial]
        while True:
            for target, value in zip(before[0], values):
                r[target] = value
            again, *values = machine.blocks(before[1], r)
            if not again:
                break
            for target, value in zip(after[0], values):
                r[target] = value
            values = machine.blocks(after[1], r)
        for out, value in zip(outs, values):
            r[out] = value

    return step


_STRUCTURED: dict[str, Callable[[_Machine, Operation, dict[Value, int]], Step]] = {
    "func.call": _call_step,
    "scf.if": _if_step,
    "scf.for": _for_step,
    "scf.while": _while_step,
}
