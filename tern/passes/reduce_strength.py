"""Strength reduction: what a loop multiplies its induction variable by becomes an addition.

Source: F. Allen, J. Cocke, and K. Kennedy, "Reduction of Operator Strength", in Muchnick and Jones,
"Program Flow Analysis", 1981, here for multiplications by what is loop-invariant.
"""

from __future__ import annotations

from tern.analysis.loops import Loop, natural_loops
from tern.ir import (
    Block,
    BlockArgument,
    Operation,
    OpResult,
    Value,
    defined_functions,
    defining_block,
    replace_uses,
    uses,
)
from tern.passes.preheaders import erase_empty_preheaders, insert_preheaders
from tern.types import IndexType, IntegerType, i1


def reduce_strength(root: Operation) -> int:
    """Replace products of an induction variable by induction variables, in place; of a module, in
    all its functions. Gives the number of products that went.

    Where a loop computes `i * k`, i grows by c in each iteration, and k and c are loop-invariant, a
    new argument of the header starts as `i₀ * k` and grows by `c * k`, which the preheader
    computes. What adds a loop-invariant number to the product, and is its only user, goes along: it
    changes where the new variable starts. Integers wrap around, so both ways give the same number
    even where they overflow. An operation that not every iteration runs stays. O(uses) for each
    depth of nesting.
    """
    if root.name == "builtin.module":
        return sum(reduce_strength(func) for func in defined_functions(root))

    preheaders, made = insert_preheaders(root)
    users = uses(root)
    replaced: dict[Value, Value] = {}
    for loop in natural_loops(root):
        if len(loop.latches) == 1 and loop.latches[0].terminator.name == "cf.br":
            _Reduction(loop, preheaders[loop.header], users, replaced).run()
    replace_uses(root, replaced)
    erase_empty_preheaders(root, made)
    return len(replaced)


class _Reduction:
    """The products of one loop. `replaced` gets the values that have a new variable instead."""

    def __init__(
        self,
        loop: Loop,
        preheader: Block,
        users: dict[Value, list[Operation]],
        replaced: dict[Value, Value],
    ) -> None:
        self.loop, self.preheader = loop, preheader
        self.users, self.replaced = users, replaced
        (self.latch,) = loop.latches

    def run(self) -> None:
        for variable in list(self.loop.header.args):
            if not isinstance(variable.type, (IntegerType, IndexType)) or variable.type == i1:
                continue
            step = self.step(variable)
            if step is None:
                continue
            for op in self.users.get(variable, ()):
                factor = self.other(op, variable)
                new = op.name == "arith.muli" and op.result not in self.replaced
                if new and factor is not None:
                    self.reduce(op, variable, factor, *step)

    def step(self, variable: BlockArgument) -> tuple[str, Value] | None:
        """The operation, and its loop-invariant operand, by which a variable changes; or None."""
        following = self.latch.terminator.successors[0][1][variable.index]
        if not isinstance(following, OpResult) or following.op.name not in (
            "arith.addi",
            "arith.subi",
        ):
            return None
        by = self.other(following.op, variable)
        return (following.op.name, by) if by is not None else None

    def other(self, op: Operation, value: Value) -> Value | None:
        """What an operation combines `value` with, if that is loop-invariant; the left operand of
        a difference has to be `value`."""
        if op.name not in ("arith.addi", "arith.subi", "arith.muli"):
            return None
        left, right = op.operands
        if left is not value and op.name != "arith.subi":
            left, right = right, left
        outside = defining_block(right) not in self.loop.blocks
        return right if left is value and outside else None

    def reduce(
        self, op: Operation, variable: BlockArgument, factor: Value, how: str, by: Value
    ) -> None:
        """A new variable for the product, and for a sum that is its only user."""
        if not self.runs_always(op):
            return
        start = self.before("arith.muli", self.given(variable), factor, op)
        step = self.before("arith.muli", by, factor, op)
        result = op.result
        while len(found := self.users.get(result, [])) == 1:
            (sum_,) = found
            term = self.other(sum_, result)
            if sum_.name == "arith.muli" or term is None or not self.runs_always(sum_):
                break
            start = self.before(sum_.name, start, term, sum_)
            result = sum_.result
        new = self.loop.header.add_arg(result.type)
        new.hint = result.hint
        self.preheader.terminator.successors[0][1].append(start)
        following = Operation(how, [new, step], [new.type], location=op.location)
        self.latch.insert(len(self.latch.operations) - 1, following)
        self.latch.terminator.successors[0][1].append(following.result)
        self.replaced[result] = new

    def runs_always(self, op: Operation) -> bool:
        """Whether the operation stands where every iteration passes that is not the last."""
        return op.parent in (self.loop.header, self.latch)

    def given(self, variable: BlockArgument) -> Value:
        """What the loop's variable starts as."""
        return self.preheader.terminator.successors[0][1][variable.index]

    def before(self, name: str, left: Value, right: Value, op: Operation) -> Value:
        """An operation in the preheader."""
        made = Operation(name, [left, right], [left.type], location=op.location)
        self.preheader.insert(len(self.preheader.operations) - 1, made)
        return made.result
