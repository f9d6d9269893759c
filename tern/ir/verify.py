"""The verifier of whole modules, nested regions included."""

from __future__ import annotations

from collections.abc import Sequence

from tern.ir.cfg import control_flow_graph
from tern.ir.core import Block, BlockArgument, Operation, OpResult, Value
from tern.ir.dominance import dominator_intervals, immediate_dominators
from tern.ir.errors import VerifyError
from tern.ir.printer import value_names
from tern.ir.registry import check_operation, is_terminator
from tern.ir.violations import violations, words
from tern.types import Type, unnamed

# What has no place inside a nested region.
_FUNCTION_LEVEL = frozenset({"builtin.module", "func.func", "func.return", "cf.br", "cf.cond_br"})


def verify(root: Operation) -> None:
    """Check a module, or one function: every rule of `violations`, and those of nested
    regions, of signatures, and of calls. O(n x depth of the nesting).

    Raises:
        VerifyError: the IR breaks a rule. The message names every broken rule and where it
            is broken, one a line.
    """
    if root.name == "func.func":
        problems = _function_problems(root, None)
    elif root.name == "builtin.module":
        problems = _module_problems(root)
    else:
        problems = [f"{root.name} is neither a module nor a function"]
    if problems:
        raise VerifyError("\n".join(problems))


def _module_problems(module: Operation) -> list[str]:
    if message := check_operation(module):
        return [message]
    problems = []
    functions: dict[str, Operation] = {}
    for op in module.body.blocks[0].operations:
        name = op.attributes.get("sym_name")
        if op.name != "func.func":
            problems.append(f"{op.name} stands outside of any function")
        elif name in functions:
            problems.append(f"@{name} is defined twice")
        else:
            functions[name] = op
    for func in functions.values():
        problems += _function_problems(func, functions)
    return problems


def _stray_branches(func: Operation) -> list[str]:
    """Branches to blocks that are not (or no longer) in the same region."""
    return [
        f"@{func.attributes['sym_name']}: {op.name} leads to a block outside of its region"
        for op in func.walk()
        for target, _ in op.successors
        if op.parent is None or target.parent is not op.parent.parent
    ]


def _function_problems(func: Operation, functions: dict[str, Operation] | None) -> list[str]:
    """`functions` are those that can be called; None if that is not known."""
    if message := check_operation(func):
        return [message]
    if problems := _stray_branches(func):
        return problems  # without knowing where control goes there is nothing more to say
    problems = [
        f"in ^bb{v.block}, operation {v.op}: {v.rule}: {v.message}" for v in violations(func)
    ]
    problems += _nested_problems(func)
    if functions is not None:
        for op in func.walk():
            if op.name == "func.call" and (message := _call_problem(op, functions)):
                problems.append(message)
    return [f"@{func.attributes['sym_name']}: {problem}" for problem in problems]


def _call_problem(op: Operation, functions: dict[str, Operation]) -> str | None:
    name = op.attributes.get("callee")
    if name not in functions:
        return f"calls @{name}, which does not exist"
    type = functions[name].attributes.get("function_type")
    inputs = [operand.type for operand in op.operands]
    results = [result.type for result in op.results]
    if type is None or not same_types([*inputs, *results], [*type.inputs, *type.results]):
        return f"calls @{name} of type {type} as {words(inputs)} -> {words(results)}"
    return None


def same_types(left: Sequence[Type], right: Sequence[Type]) -> bool:
    """Whether the types are the same, names of sizes aside: each function has its own."""
    return list(map(unnamed, left)) == list(map(unnamed, right))


def _nested_problems(func: Operation) -> list[str]:
    """The rules inside the regions of the function's own operations."""
    nested = [
        op
        for outer in func.walk()
        if outer is not func
        for region in outer.regions
        for block in region.blocks
        for op in block.operations
    ]
    if not nested:
        return []
    problems = []
    names = value_names(func)
    visibility = _Visibility(func)
    for op in nested:
        outer = op.parent_op
        is_last = op is op.parent.terminator
        if is_terminator(op) != is_last or op.name in _FUNCTION_LEVEL:
            problems.append(f"terminator: {op.name} cannot stand there in {outer.name}")
        if message := check_operation(op):
            problems.append(f"types: {message}")
        for value in op.operands:
            if not visibility.of(value, op):
                name = value.hint or names.get(value, "a value")
                problems.append(f"dominance: {op.name} in {outer.name} does not see {name}")
    return problems


class _Visibility:
    """Answers which values an operation in a nested region can use.

    Climb from the operation to the region that defines the value. Nested regions are single
    blocks, so there only the order counts; in the function's own region, dominance does.
    """

    def __init__(self, func: Operation) -> None:
        intervals = dominator_intervals(immediate_dominators(control_flow_graph(func)))
        self.intervals = dict(zip(func.body.blocks, intervals))
        self.order = {
            op: number
            for outer in func.walk()
            for region in outer.regions
            for block in region.blocks
            for number, op in enumerate(block.operations)
        }

    def of(self, value: Value, user: Operation) -> bool:
        if isinstance(value, OpResult):
            home = value.op.parent
        else:
            home = value.block if isinstance(value, BlockArgument) else None
        if home is None:
            return False
        outer: Operation | None = user
        while outer.parent is not home:
            block = outer.parent
            if block in self.intervals:  # as far out as it goes: the function's own blocks
                return self._dominates(home, block)
            outer = block.parent_op
        return isinstance(value, BlockArgument) or self.order[value.op] < self.order[outer]

    def _dominates(self, home: Block, block: Block) -> bool:
        outer, inner = self.intervals.get(home), self.intervals[block]
        if inner is None:
            return True  # unreachable: never runs
        return outer is not None and outer[0] <= inner[0] < outer[1]
