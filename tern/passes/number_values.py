"""The same expression twice: computed once."""

from __future__ import annotations

from collections.abc import Hashable

from tern.ir import (
    DEFINITIONS,
    Block,
    Operation,
    Value,
    control_flow_graph,
    defined_functions,
    dominator_tree,
    erase_unreachable_blocks,
    immediate_dominators,
    is_pure,
    postorder,
    predecessors_of,
)
from tern.numbers import exact_text
from tern.parts import part


def expression(op: Operation, numbers: dict[Value, int]) -> Hashable:
    """What an operation computes: of two with equal expressions, either will do. None for one that
    does more than compute a result from its operands."""
    if not is_pure(op) or op.regions or len(op.results) != 1:
        return None
    operands = [numbers.setdefault(value, len(numbers)) for value in op.operands]
    if DEFINITIONS[op.name].commutative:
        operands.sort()
    # By bits: 0.0 is not -0.0, though Python calls them equal.
    attributes = tuple(sorted((name, exact_text(value)) for name, value in op.attributes.items()))
    return op.name, tuple(operands), attributes, op.result.type


def merged_arguments(block: Block, passed: list[list[Value]]) -> dict[Value, Value]:
    """The arguments of a block that are another value: one that every branch passes, or an earlier
    argument that gets the same from each. `passed` has what each branch to the block passes."""
    merged: dict[Value, Value] = {}
    if not passed:  # the entry's, which nobody knows
        return merged
    seen: dict[Hashable, Value] = {}
    for arg in block.args:
        values = tuple(values[arg.index] for values in passed)
        others = {value for value in values if value is not arg}
        if len(others) == 1:
            merged[arg] = others.pop()
        else:
            first = seen.setdefault((values, arg.type), arg)
            if first is not arg:
                merged[arg] = first
    return merged


@part("passes.gvn", helpers=(expression, merged_arguments))
def gvn(root: Operation) -> int:
    """Erase operations that compute what a dominating one has computed already, in place; their
    users use that one's result. `root` is a function, or a module, whose functions are taken one
    by one. Gives the number of operations erased.

    Two operations compute the same if they have the same name, attributes, result type, and
    operands, in either order where the operation is commutative, and only compute. One that
    may fail may go as well: where the first didn't fail, the second wouldn't.

    Value numbering in one walk over the dominator tree, with a hash table of expressions whose
    entries end where dominance does (Briggs, Cooper & Simpson, "Value Numbering", Software:
    Practice and Experience 27(6), 1997, section 3.3). A block argument that is another value, on
    whatever branch, takes that one's place; what a back edge passes has no number yet, so of two
    induction variables that are always equal, both stay. Expected time O(operations × log blocks).

    A region that holds only computation, as of linalg.generic, keeps to itself: it uses no more
    values from outside than before. Blocks that nothing reaches are erased.
    """
    if root.name == "builtin.module":
        return sum(gvn(func) for func in defined_functions(root))

    erase_unreachable_blocks(root)
    blocks = root.body.blocks
    successors = control_flow_graph(root)
    predecessors = predecessors_of(successors)
    rank = {block: i for i, block in enumerate(postorder(successors))}
    children = dominator_tree(immediate_dominators(successors))

    erased = 0
    numbers: dict[Value, int] = {}
    leaders: dict[Value, Value] = {}  # for a value that another one replaces

    def renamed(values: list[Value]) -> list[Value]:
        return [leaders.get(value, value) for value in values]

    def number_block(block: Block, table: dict[Hashable, Value]) -> list[Hashable]:
        """Erase what `table` has; gives the expressions that are new in it."""
        nonlocal erased
        new: list[Hashable] = []
        kept: list[Operation] = []
        for op in block.operations:
            op.operands = renamed(op.operands)
            op.successors = [(target, renamed(values)) for target, values in op.successors]
            key = expression(op, numbers)
            if key is not None and key in table:
                leaders[op.result] = table[key]
                erased += 1
                continue
            if key is not None:
                table[key] = op.result
                new.append(key)
            kept.append(op)
            inner = {} if is_pure(op) else table
            for region in op.regions:
                for inside in region.blocks:
                    for key in number_block(inside, inner):
                        del inner[key]
        block.operations = kept
        return new

    table: dict[Hashable, Value] = {}
    work: list[tuple[int, list[Hashable] | None]] = [(0, None)]
    while work:
        number, new = work.pop()
        if new is not None:  # back from all children: dominance ends here
            for key in new:
                del table[key]
            continue
        block = blocks[number]
        passed = [
            renamed(values)
            for predecessor in predecessors[number]
            for target, values in blocks[predecessor].operations[-1].successors
            if target is block
        ]
        leaders.update(merged_arguments(block, passed))
        work.append((number, number_block(block, table)))
        # In reverse postorder, so that where paths meet, both have been numbered.
        work.extend((child, None) for child in sorted(children[number], key=rank.__getitem__))
    return erased
