"""Inlining: the body of a function in place of a call to it."""

from __future__ import annotations

from collections import Counter

from tern.ir import Block, Builder, Operation, Value, functions, is_private, replace_uses

BUDGET = 40
"""How many operations a function may have to be inlined wherever it is called."""

MAX_GROWTH = 2_000
"""How many operations a function may get by inlining, at most."""


def inline(module: Operation, budget: int = BUDGET, max_growth: int = MAX_GROWTH) -> int:
    """Replace calls in a module by the bodies of what they call, in place. Gives how many.

    A function is inlined if it has at most `budget` operations, or is private and called in one
    place only; but not if it can come to call itself. Callees come before their callers, so
    what is inlined has had its own calls inlined. No caller grows by more than `max_growth`
    operations. Private functions that nobody calls any more are erased. Functions in the flat form
    are inlined, and into such. O(operations of the result + functions × calls).
    """
    known = {func.attributes["sym_name"]: func for func in functions(module)}
    callees = {name: [op.attributes["callee"] for op in _calls(f)] for name, f in known.items()}
    calls = Counter(name for names in callees.values() for name in names)
    inlined = 0
    for name in _bottom_up(callees):
        caller = known[name]
        chosen: set[Operation] = set()
        grown = 0
        for op in _calls(caller) if _is_flat(caller) else ():
            callee = known.get(op.attributes["callee"])
            if callee is None or not _fits(op, callee) or _may_call_itself(callee, callees):
                continue
            size = sum(len(block.operations) for block in callee.body.blocks)
            only = is_private(callee) and calls[op.attributes["callee"]] == 1
            if (size <= budget or only) and grown + size <= max_growth:
                chosen.add(op)
                grown += size
        if chosen:
            _replace_calls(caller, chosen, known)
            inlined += len(chosen)
    _erase_uncalled(module)
    return inlined


def _calls(func: Operation) -> list[Operation]:
    """The calls inside a function, in order."""
    return [op for op in func.walk() if op.name == "func.call"]


def _bottom_up(callees: dict[str, list[str]]) -> list[str]:
    """All functions, each after those that it calls, where that can be. No recursion."""
    order: dict[str, None] = {}
    for start in callees:
        seen = {start}
        stack = [(start, iter(callees[start]))]
        while stack:
            name, rest = stack[-1]
            callee = next((c for c in rest if c in callees and c not in seen | order.keys()), None)
            if callee is None:
                order[name] = None
                stack.pop()
            else:
                seen.add(callee)
                stack.append((callee, iter(callees[callee])))
    return list(order)


def _may_call_itself(func: Operation, callees: dict[str, list[str]]) -> bool:
    """Whether calls, one in another, can lead from a function back to it."""
    name = func.attributes["sym_name"]
    seen: set[str] = set()
    work = [name]
    while work:
        for callee in callees.get(work.pop(), ()):
            if callee not in seen:
                seen.add(callee)
                work.append(callee)
    return name in seen


def _is_flat(func: Operation) -> bool:
    """Whether a function has a body, all of whose blocks end in a branch or a return."""
    blocks = func.body.blocks
    ends = ("cf.br", "cf.cond_br", "func.return")
    return bool(blocks) and all(block.terminator.name in ends for block in blocks)


def _fits(call: Operation, callee: Operation) -> bool:
    """Whether a call can be replaced by the body: it stands in a block of its function, and passes
    exactly what the callee takes, the names of sizes included."""
    type = callee.attributes["function_type"]
    return (
        _is_flat(callee)
        and (around := call.parent_op) is not None
        and around.name == "func.func"
        and tuple(value.type for value in call.operands) == type.inputs
        and tuple(value.type for value in call.results) == type.results
    )


def _replace_calls(caller: Operation, chosen: set[Operation], known: dict[str, Operation]) -> None:
    """Put the bodies in: a block is cut at each call, and what follows takes the results."""
    replaced: dict[Value, Value] = {}
    blocks: list[Block] = []
    for block in caller.body.blocks:
        operations, block.operations = block.operations, []
        blocks.append(block)
        for op in operations:
            if op not in chosen:
                block.append(op)
                continue
            body = known[op.attributes["callee"]].clone().body.blocks
            after = Block([result.type for result in op.results])
            for result, arg in zip(op.results, after.args):
                arg.hint = result.hint
            replaced.update(zip(op.results, after.args))
            Builder(block, op.location).br(body[0], op.operands)
            for inner in body:
                if (last := inner.terminator).name == "func.return":
                    inner.operations.pop()
                    Builder(inner, op.location).br(after, last.operands)
            blocks += [*body, after]
            block = after
    for block in blocks:
        block.parent = caller.body
    caller.body.blocks = blocks
    replace_uses(caller, replaced)


def _erase_uncalled(module: Operation) -> None:
    """Erase the private functions that nobody calls."""
    block = module.body.only_block
    gone: list[Operation] | None = None
    while gone != []:
        called = {op.attributes["callee"] for op in _calls(module)}
        gone = [
            f for f in functions(module) if is_private(f) and f.attributes["sym_name"] not in called
        ]
        block.operations = [op for op in block.operations if op not in gone]
