"""Dead code of every kind, planted in programs that have none."""

from __future__ import annotations

import random

from tern.ir import Block, Builder, Operation, Value, functions
from tern.parts import original
from tern.passes.samples.programs import random_program
from tern.types import i32


def planted_program(seed: int, operations: int = 40, plants: int = 12) -> Operation:
    """A random program with so many pieces of dead code in its function `@sample`.

    They are operations that only use each other, variables that are stored to and never read,
    blocks that nothing reaches, arguments that loops pass around in a circle, and loops that count
    and do nothing else. Without them it has no dead code: the book's pass has been over it.
    """
    rng = random.Random(seed)
    module = random_program(seed, operations)
    original("passes.dce")(module)  # whatever is in force: samples do not change
    func = functions(module)[0]
    for _ in range(plants):
        _PLANTS[rng.randrange(len(_PLANTS))](func, rng)
    return module


def size(module: Operation) -> int:
    """Operations, block arguments, and blocks together."""
    blocks = [block for func in functions(module) for block in func.body.blocks]
    return sum(len(block.operations) + len(block.args) + 1 for block in blocks)


def _plant_operations(func: Operation, rng: random.Random) -> None:
    """A chain of operations, the last of which nobody uses."""
    block = rng.choice(func.body.blocks)
    value = _number(block, rng)
    for name in rng.choices(["addi", "muli", "subi", "xori"], k=rng.randint(1, 4)):
        value = _before_end(block, f"arith.{name}", [value, value])


def _plant_variable(func: Operation, rng: random.Random) -> None:
    """A variable that is stored to, here and there."""
    entry = func.body.blocks[0]
    slot = Builder(entry).alloca(i32)
    entry.operations.insert(0, entry.operations.pop())
    for block in rng.choices(func.body.blocks, k=2):
        store = Operation("memref.store", [_number(block, rng), slot])
        block.insert(len(block.operations) - 1, store)


def _plant_block(func: Operation, rng: random.Random) -> None:
    """A block that nothing branches to."""
    block = func.body.add_block()
    value = Builder(block).constant(rng.randrange(100), i32)
    Builder(block).binary("arith.divsi", value, value)
    Builder(block).br(block)


def _plant_circle(func: Operation, rng: random.Random) -> None:
    """Two arguments for a block, each of which gets the other's value around a loop, if it is one;
    all who branch there pass them something."""
    block = rng.choice(func.body.blocks[1:] or [_split(func.body.blocks[0])])
    args = [block.add_arg(i32), block.add_arg(i32)]
    for source in func.body.blocks:
        if any(to is block for to, _ in source.terminator.successors):
            passed = args[::-1] if source is block else [_number(source, rng)] * 2
            last = source.terminator
            last.successors = [
                (to, [*values, *passed] if to is block else values)
                for to, values in last.successors
            ]


def _plant_loop(func: Operation, rng: random.Random) -> None:
    """A loop that counts to a constant, and adds up what nobody asks for."""
    before = rng.choice(func.body.blocks)
    after = _split(before)
    header, body = Block([i32, i32]), Block()
    start, limit = _number(before, rng, 0), _number(before, rng)
    before.operations.pop()
    Builder(before).br(header, [start, start])
    count, total = header.args
    Builder(header).cond_br(Builder(header).compare("slt", count, limit), body, [], after)
    builder = Builder(body)
    one = builder.constant(1, i32)
    builder.br(
        header,
        [builder.binary("arith.addi", count, one), builder.binary("arith.muli", total, count)],
    )
    position = func.body.blocks.index(before) + 1
    func.body.blocks[position:position] = [header, body]
    header.parent = body.parent = func.body


def _split(block: Block) -> Block:
    """Cut a block before its terminator, which a new block gets, with a branch to it."""
    after = Block()
    after.append(block.operations.pop())
    Builder(block).br(after)
    region = block.parent
    assert region is not None
    after.parent = region
    region.blocks.insert(region.blocks.index(block) + 1, after)
    return after


def _number(block: Block, rng: random.Random, number: int | None = None) -> Value:
    """A constant, before the end of the block."""
    value = rng.randrange(1, 50) if number is None else number
    op = Operation("arith.constant", (), [i32], {"value": value})
    block.insert(len(block.operations) - 1, op)
    return op.result


def _before_end(block: Block, name: str, operands: list[Value]) -> Value:
    op = Operation(name, operands, [operands[0].type])
    block.insert(len(block.operations) - 1, op)
    return op.result


_PLANTS = (_plant_operations, _plant_variable, _plant_block, _plant_circle, _plant_loop)
