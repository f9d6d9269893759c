"""From structured control flow to blocks and branches."""

from __future__ import annotations

from tern.ir import Block, Builder, Operation, Region, Value, functions, replace_uses


def lower_scf(root: Operation) -> None:
    """Replace scf.if, scf.for and scf.while in a module, or a function, by blocks and
    branches, in place. O(n).

    Each operation splits its block in two: the operations before it end in a branch into its
    body, and a new block, whose arguments are its results, continues with those after it.
    """
    for func in functions(root) if root.name == "builtin.module" else [root]:
        lowering = _Lowering()
        for block in func.body.blocks:
            lowering.block(block, block.operations)
        func.body.blocks = lowering.blocks
        for block in func.body.blocks:
            block.parent = func.body
        replace_uses(func, lowering.replaced)


class _Lowering:
    """The new blocks of a function, in order, and the results that became block arguments."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.replaced: dict[Value, Value] = {}

    def block(self, target: Block, operations: list[Operation]) -> Block:
        """Put `operations` in `target` and the blocks that follow it. Gives the last."""
        target.operations = []
        self.blocks.append(target)
        for op in operations:
            lower = _LOWER.get(op.name)
            if lower is None:
                target.append(op)
            else:
                target = lower(self, op, target)
        return target

    def body(self, region: Region) -> tuple[Builder, Operation]:
        """The region's operations as blocks of the function. Gives a builder at their end,
        and the terminator, which the caller replaces by a branch."""
        block = region.blocks[0]
        *operations, terminator = block.operations
        last = self.block(block, operations)
        return Builder(last, terminator.location), terminator

    def after(self, op: Operation) -> Block:
        """The block that continues after `op`, not yet in its place; its results move there."""
        block = Block([result.type for result in op.results])
        self.replaced.update(zip(op.results, block.args))
        return block

    def lower_if(self, op: Operation, before: Block) -> Block:
        then, otherwise = op.regions
        after = self.after(op)
        builder = Builder(before, op.location)
        # An else of nothing needs no block.
        if not op.results and len(otherwise.blocks[0].operations) == 1:
            builder.cond_br(op.operands[0], then.blocks[0], (), after)
            bodies = [then]
        else:
            builder.cond_br(op.operands[0], then.blocks[0], (), otherwise.blocks[0])
            bodies = [then, otherwise]
        for region in bodies:
            end, last = self.body(region)
            end.br(after, last.operands)
        return self.block(after, [])

    def lower_while(self, op: Operation, before: Block) -> Block:
        test, body = op.regions
        after = self.after(op)
        Builder(before, op.location).br(test.blocks[0], op.operands)
        end, last = self.body(test)
        condition, *values = last.operands
        end.cond_br(condition, body.blocks[0], values, after, values)
        end, last = self.body(body)
        end.br(test.blocks[0], last.operands)
        return self.block(after, [])

    def lower_for(self, op: Operation, before: Block) -> Block:
        lower, upper, step, *initial = op.operands
        body = op.body.only_block
        after = self.after(op)
        # The header takes the induction variable and the carried values, the body takes nothing:
        # it uses those of the header, which dominates it.
        header = Block([arg.type for arg in body.args])
        self.replaced.update(zip(body.args, header.args))
        body.args = []
        Builder(before, op.location).br(header, [lower, *initial])
        self.blocks.append(header)
        builder = Builder(header, op.location)
        variable, *carried = header.args
        builder.cond_br(builder.compare("slt", variable, upper), body, (), after, carried)
        end, last = self.body(op.body)
        end.br(header, [end.binary("arith.addi", variable, step), *last.operands])
        return self.block(after, [])


_LOWER = {
    "scf.if": _Lowering.lower_if,
    "scf.for": _Lowering.lower_for,
    "scf.while": _Lowering.lower_while,
}
