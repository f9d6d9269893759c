"""The rules of a function in the flat form, and what breaks them."""

from __future__ import annotations

from typing import NamedTuple

from tern.ir.cfg import control_flow_graph
from tern.ir.core import Operation, Value
from tern.ir.dominance import dominator_intervals, immediate_dominators
from tern.ir.registry import check_operation, is_terminator
from tern.parts import part
from tern.types import Type


class Violation(NamedTuple):
    """A broken rule, and the operation that breaks it: number `op` of block number `block`."""

    rule: str
    block: int
    op: int
    message: str


def words(types: list[Type]) -> str:
    """Types as the messages show them: `(f32, i32)`."""
    return f"({', '.join(map(str, types))})"


@part("ir.violations", helpers=(words,))
def violations(func: Operation) -> list[Violation]:
    """Every broken rule of a function, in the order of its text.

    The rules, by their names:

    empty-block        a block has operations (reported at operation 0).
    terminator         a block's last operation, and no other, is a terminator.
    types              operands, results and attributes fit the operation (check_operation).
    dominance          the definition of a used value dominates the use. Uses in unreachable
                       blocks are exempt, as in MLIR: no path leads to them.
    return             func.return gives the types that the function promises.
    entry-predecessor  no branch leads to the entry block.
    branch-arguments   a branch gives its target as many values as it has arguments, of the
                       same types.

    Each use and each branch of an operation that breaks a rule is a violation of its own.
    Values inside nested regions are `verify`'s business. O(n) after the dominators: the
    question "does a dominate b?" is answered by comparing intervals of the dominator tree.
    """
    blocks = func.body.blocks
    intervals = dominator_intervals(immediate_dominators(control_flow_graph(func)))
    results = list(func.attributes["function_type"].results)

    defined: dict[Value, tuple[int, int]] = {}  # the block and the index in it
    for b, block in enumerate(blocks):
        for arg in block.args:
            defined[arg] = (b, -1)
        for i, op in enumerate(block.operations):
            for result in op.results:
                defined[result] = (b, i)

    def is_available(value: Value, b: int, i: int) -> bool:
        if intervals[b] is None:
            return True  # unreachable: never runs
        if value not in defined:
            return False
        home, index = defined[value]
        if home == b:
            return index < i
        outer, inner = intervals[home], intervals[b]
        return outer is not None and outer[0] <= inner[0] < outer[1]

    found: list[Violation] = []

    def report(rule: str, message: str) -> None:
        found.append(Violation(rule, b, i, message))

    for b, block in enumerate(blocks):
        i = 0
        if not block.operations:
            report("empty-block", "the block has no operations")
        for i, op in enumerate(block.operations):
            is_last = i == len(block.operations) - 1
            if is_last and not is_terminator(op):
                report("terminator", f"the block ends in {op.name}, which isn't a terminator")
            if is_terminator(op) and not is_last:
                report("terminator", f"{op.name} stands before the end of the block")

            if message := check_operation(op):
                report("types", message)

            used = op.operands + [value for _, args in op.successors for value in args]
            for position, value in enumerate(used):
                if not is_available(value, b, i):
                    used_value = f"{op.name} uses a value (number {position})"
                    report("dominance", f"{used_value} that some path to it never defines")

            if op.name == "func.return":
                given = [value.type for value in op.operands]
                if given != results:
                    report("return", f"returns {words(given)}, not {words(results)}")

            for target, args in op.successors:
                if target is blocks[0]:
                    report("entry-predecessor", f"{op.name} leads to the entry block")
                given = [value.type for value in args]
                expected = [arg.type for arg in target.args]
                if given != expected:
                    report("branch-arguments", f"gives {words(given)}, not {words(expected)}")
    return found
