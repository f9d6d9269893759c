"""Hypothesis strategies for IR and graphs. Imports Hypothesis, so import this only in tests.

Examples are built from small choices, each of which shrinks to the plainest, and not from a
seed: a counterexample shrinks to a small program.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from tern.ir.core import Block, Operation, Value
from tern.ir.samples import Choose, write_function
from tern.parts import original
from tern.types import i32


def _choose_by(draw: st.DrawFn) -> Choose:
    return lambda n: draw(st.integers(0, n - 1)) if n > 1 else 0


@st.composite
def functions(draw: st.DrawFn, max_operations: int = 40, slots: bool = True) -> Operation:
    """Valid functions in the flat form, as samples.random_function makes them."""
    func = write_function(_choose_by(draw), draw(st.integers(0, max_operations)))
    if not slots:
        original("ir.to_ssa")(func)
    return func


@st.composite
def calls(draw: st.DrawFn) -> tuple[Operation, list[int | float]]:
    """A valid function and arguments to call it with."""
    func = draw(functions(slots=draw(st.booleans())))
    integers = st.integers(-(2**31), 2**31 - 1) | st.integers(-5, 5)
    floats = st.floats(width=32, allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0])
    args = [draw(integers if arg.type == i32 else floats) for arg in func.body.blocks[0].args]
    return func, args


@st.composite
def graphs(draw: st.DrawFn, max_blocks: int = 12) -> list[list[int]]:
    """Control flow graphs: any, irreducible or with unreachable blocks, at least one block."""
    count = draw(st.integers(1, max_blocks))
    successor_lists = st.lists(st.integers(0, count - 1), max_size=2, unique=True)
    return [draw(successor_lists) for _ in range(count)]


@st.composite
def broken_functions(draw: st.DrawFn, max_operations: int = 20) -> Operation:
    """Functions in the flat form that break at least one rule of `violations`.

    Each survives printing and parsing.
    """
    choose = _choose_by(draw)
    func = write_function(choose, draw(st.integers(0, max_operations)))
    for _ in range(1 + choose(2)):
        _DAMAGES[choose(len(_DAMAGES))](func, choose)
    if not original("ir.violations")(func):  # the damage did no harm: be plain
        func.body.blocks[0].operations.pop()
    return func


def _pick_block(func: Operation, choose: Choose) -> Block:
    return func.body.blocks[choose(len(func.body.blocks))]


def _add_empty_block(func: Operation, choose: Choose) -> None:
    empty = func.body.add_block()
    block = _pick_block(func, choose)
    if block.operations and block.terminator.successors:
        block.terminator.successors[0] = (empty, [])


def _drop_terminator(func: Operation, choose: Choose) -> None:
    block = _pick_block(func, choose)
    if block.operations and not block.terminator.results:
        block.operations.pop()


def _return_early(func: Operation, choose: Choose) -> None:
    block = _pick_block(func, choose)
    block.insert(choose(len(block.operations) + 1), Operation("func.return"))


def _return_less(func: Operation, choose: Choose) -> None:
    for op in func.walk():
        if op.name == "func.return" and op.operands:
            op.operands.pop()
            return


def _change_branch_arguments(func: Operation, choose: Choose) -> None:
    block = _pick_block(func, choose)
    if block.operations and block.terminator.successors:
        target, args = block.terminator.successors[0]
        extra = _values(func)
        changed = args[:-1] if args and choose(2) else [*args, extra[choose(len(extra))]]
        block.terminator.successors[0] = (target, changed)


def _branch_to_entry(func: Operation, choose: Choose) -> None:
    block = _pick_block(func, choose)
    if block.operations and block.terminator.successors:
        entry = func.body.blocks[0]
        block.terminator.successors[-1] = (entry, list(entry.args))


def _use_another_value(func: Operation, choose: Choose) -> None:
    """Of the same type, or of any: it breaks dominance, types, or nothing."""
    users = [op for op in func.walk() if op.operands]
    if not users:
        return
    op = users[choose(len(users))]
    position = choose(len(op.operands))
    values = _values(func)
    if choose(2) == 0:
        values = [v for v in values if v.type == op.operands[position].type] or values
    op.operands[position] = values[len(values) - 1 - choose(len(values))]


def _swap_operations(func: Operation, choose: Choose) -> None:
    block = _pick_block(func, choose)
    if len(block.operations) > 1:
        i = choose(len(block.operations) - 1)
        operations = block.operations
        operations[i], operations[i + 1] = operations[i + 1], operations[i]


def _values(func: Operation) -> list[Value]:
    values: list[Value] = [arg for block in func.body.blocks for arg in block.args]
    values += [result for op in func.walk() for result in op.results]
    return values


_DAMAGES: list[Callable[[Operation, Choose], None]] = [
    _drop_terminator,
    _add_empty_block,
    _return_less,
    _use_another_value,
    _swap_operations,
    _change_branch_arguments,
    _branch_to_entry,
    _return_early,
]
