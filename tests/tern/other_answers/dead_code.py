"""Dead code, marked from what has effects; dead loops are bypassed before anything else."""

from tern.ir import (
    BlockArgument,
    Operation,
    OpResult,
    Value,
    captured_values,
    defined_functions,
    erase_unreachable_blocks,
    is_speculatable,
    is_terminator,
)
from tern.passes.dead_loops import bypass_dead_loops


def _variable(value: Value) -> bool:
    """Whether this is a variable: a memref.alloca of one number."""
    return isinstance(value, OpResult) and value.op.name == "memref.alloca" and not value.type.shape


class _Needs:
    """What a function needs: found from what has effects, or may fail, backward."""

    def __init__(self, func: Operation):
        self.func = func
        self.ops: set[Operation] = set()
        self.args: set[Value] = set(func.body.blocks[0].args)
        self.stores: dict[Value, list[Operation]] = {}
        self.passed: dict[Value, list[Value]] = {}
        self.work: list[Value] = []

    def find(self) -> None:
        roots = []
        for block in self.func.body.blocks:
            for op in block.operations:
                for target, values in op.successors:
                    for arg, value in zip(target.args, values):
                        self.passed.setdefault(arg, []).append(value)
                if op.name == "memref.store" and _variable(op.operands[1]):
                    self.stores.setdefault(op.operands[1], []).append(op)
                elif not self.may_go(op):
                    roots.append(op)
        for op in roots:
            self.need(op)
        while self.work:
            value = self.work.pop()
            if isinstance(value, BlockArgument):
                if value not in self.args:
                    self.args.add(value)
                    self.work += self.passed.get(value, [])
            else:
                self.need(value.op)
                for store in self.stores.get(value, []):
                    self.need(store)

    def may_go(self, op: Operation) -> bool:
        if op.name == "memref.load":
            return _variable(op.operands[0])
        if op.name == "memref.alloca":
            return _variable(op.results[0])
        return is_speculatable(op) and not is_terminator(op)

    def need(self, op: Operation) -> None:
        if op not in self.ops:
            self.ops.add(op)
            self.work += op.operands
            if op.regions:
                self.work += captured_values(op)

    def sweep(self) -> int:
        """Erase everything else."""
        blocks = self.func.body.blocks
        gone = 0
        for block in blocks:
            kept = [op for op in block.operations if op in self.ops]
            gone += len(block.operations) - len(kept)
            block.operations = kept
            for op in kept:
                op.successors = [
                    (to, [v for arg, v in zip(to.args, values) if arg in self.args])
                    for to, values in op.successors
                ]
        for block in blocks:
            left = [arg for arg in block.args if arg in self.args]
            gone += len(block.args) - len(left)
            block.args = left
            for i, arg in enumerate(left):
                arg.index = i
        return gone


def dce(root: Operation) -> int:
    """Erase what makes no difference."""
    if root.name == "builtin.module":
        return sum(map(dce, defined_functions(root)))
    total = 0
    while True:
        bypassed = bypass_dead_loops(root)
        before = len(root.body.blocks)
        erase_unreachable_blocks(root)
        needs = _Needs(root)
        needs.find()
        gone = before - len(root.body.blocks) + needs.sweep()
        total += gone
        if not gone and not bypassed:
            return total
