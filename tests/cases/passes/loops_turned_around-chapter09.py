# ---- ch09-pipeline ----
def optimize(module: Operation) -> None:
    clean = ["sccp", "gvn", "dce", "simplify-cfg"]
    pipeline(["inline", "simplify-cfg", "sccp"]).run(module)
    for func in functions(module):
        rewrite(func)
    pipeline(clean).run(module)
    for func in functions(module):
        turn_around(func)
    pipeline(["simplify-cfg", "sccp", "gvn", "licm", "gvn", "dce", "simplify-cfg"]).run(module)


def rewrite(func: Operation) -> int:
    """x op neutral is x."""
    replaced: dict[Value, Value] = {}
    for op in func.walk():
        definition = DEFINITIONS[op.name]
        if len(op.operands) != 2 or definition.neutral is None:
            continue
        left, right = (replaced.get(value, value) for value in op.operands)
        neutral = repr(definition.neutral(op.result.type))
        if number(right) == neutral:
            replaced[op.result] = left
        elif definition.commutative and number(left) == neutral:
            replaced[op.result] = right
    tern.ir.replace_uses(func, replaced)
    return len(replaced)


def number(value: Value) -> str | None:
    if isinstance(value, OpResult) and value.op.name == "arith.constant":
        return repr(value.op.attributes["value"])
    return None


def turn_around(func: Operation) -> int:
    """Loops that test at their top test at their bottom, with a copy of the test before them."""
    turned = 0
    for _ in range(len(func.body.blocks)):
        loop = next(filter(can_turn, natural_loops(func)), None)
        if loop is None:
            break
        turn(func, loop)
        turned += 1
    return turned


def can_turn(loop: Loop) -> bool:
    header, (latch, *others) = loop.header, loop.latches
    elsewhere = [block for block in loop.blocks if block is not header]
    leaves = any(
        to not in loop.blocks for block in elsewhere for to, _ in block.terminator.successors
    )
    stays = [to in loop.blocks and to is not header for to, _ in header.terminator.successors]
    return (
        not others
        and not leaves
        and latch.terminator.name == "cf.br"
        and header.terminator.name == "cf.cond_br"
        and sorted(stays) == [False, True]
        and all(to is not header for to, _ in header.terminator.successors)
        and all(is_pure(op) for op in header.operations[:-1])
    )


def turn(func: Operation, loop: Loop) -> None:
    header, latch = loop.header, loop.latches[0]
    test = header.terminator
    mine = [*header.args, *[op.result for op in header.operations[:-1]]]
    entries = []
    for to, passed in test.successors:  # a block on each way out, which takes all of the header's
        inside = to in loop.blocks
        entry = Block([value.type for value in mine])
        entry.parent = func.body
        instead = dict(zip(mine, entry.args))
        for block in func.body.blocks:
            if block is not header and (block in loop.blocks) == inside:
                for op in block.operations:
                    op.operands = [instead.get(value, value) for value in op.operands]
                    op.successors = [
                        (target, [instead.get(value, value) for value in values])
                        for target, values in op.successors
                    ]
        entry.append(Operation("cf.br", successors=[(to, [instead.get(v, v) for v in passed])]))
        entries.append(entry)
    ((_, passed),) = latch.operations.pop().successors
    known = dict(zip(header.args, passed))
    for op in header.operations:
        copy = op.clone()
        copy.operands = [known.get(value, value) for value in op.operands]
        known.update(zip(op.results, copy.results))
        latch.append(copy)
    latch.terminator.successors = [(entry, [known[value] for value in mine]) for entry in entries]
    test.successors = [(entry, list(mine)) for entry in entries]
    func.body.blocks += entries
