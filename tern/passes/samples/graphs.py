"""Random programs on graphs of any shape, as no source text makes them."""

from __future__ import annotations

import random

from tern.ir import Block, Operation, Value, new_function, new_module
from tern.ir.builder import Builder
from tern.ir.samples import random_graph
from tern.types import MemRefType, f32, i1, i32

CELL = MemRefType((), i32)
NANS = (0x7FC00000, 0xFFC00000 - (1 << 32), 0x7FC00001)
"""Three that are all NaN as f32, by their bits as i32."""


def random_graph_program(seed: int, blocks: int = 9) -> Operation:
    """A module with `@sample(i32, i32, i1) -> i32`, in the flat form; the same for the same seed.

    `@sample` calls `@graph`, whose control flow graph is any at all: with several ways into a
    loop, loops without end, blocks out of reach, both branches to one block. It computes with what
    can fail, with constants that are NaN, and with two variables, which may be one and the same.
    Every operation has a location of its own, a number.
    """
    rng = random.Random(seed)
    module = new_module()
    for func in (_sample(rng), _Graph(rng, blocks).function()):
        module.body.only_block.append(func)
    for number, op in enumerate(module.walk()):
        op.location = number
    return module


def _sample(rng: random.Random) -> Operation:
    func = new_function("sample", [i32, i32, i1], [i32])
    builder = Builder(func.body.blocks[0])
    a, b, c = func.body.blocks[0].args
    cells = [builder.alloca(i32) for _ in range(2)]
    for cell, value in zip(cells, (a, b)):
        builder.store(value, cell)
    given = [cells[0], rng.choice(cells)]
    builder.ret([builder.call("graph", [a, b, c, *given], [i32]).result])
    return func


class _Graph:
    """Writes one function: its entry, and a block with two arguments for each of a graph."""

    def __init__(self, rng: random.Random, blocks: int) -> None:
        self.rng = rng
        self.graph = random_graph(rng.randrange(1 << 30), rng.randint(1, blocks))
        self.func = new_function("graph", [i32, i32, i1, CELL, CELL], [i32])
        entry = self.func.body.blocks[0]
        self.a, self.b, self.c, *self.cells = entry.args
        self.blocks = [self.func.body.add_block([i32, i32]) for _ in self.graph]

    def function(self) -> Operation:
        start = Builder(self.func.body.blocks[0])
        start.br(self.blocks[0], [start.constant(0, i32), self.a])
        for block, successors in zip(self.blocks, self.graph):
            self._write(block, [self.blocks[each] for each in successors])
        return self.func

    def _write(self, block: Block, targets: list[Block]) -> None:
        rng, builder = self.rng, Builder(block)
        count = builder.binary("arith.addi", block.args[0], builder.constant(1, i32))
        values = [self.a, self.b, *block.args, count]
        for _ in range(rng.randrange(4)):
            self._compute(builder, values)
        if not targets:
            builder.ret([values[-1]])
            return
        passed = [[rng.choice([count, *block.args]), rng.choice(values)] for _ in range(2)]
        if len(targets) == 1 and rng.random() < 0.7:
            builder.br(targets[0], passed[0])
            return
        builder.cond_br(
            self._condition(builder, count), targets[0], passed[0], targets[-1], passed[1]
        )

    def _condition(self, builder: Builder, count: Value) -> Value:
        kind = self.rng.randrange(5)
        if kind == 0:
            return self.c
        if kind == 1:
            return builder.constant(self.rng.random() < 0.5, i1)
        limit = builder.constant(self.rng.randrange(6), i32) if kind < 4 else self.b
        return builder.compare(self.rng.choice(["slt", "slt", "ne", "sge"]), count, limit)

    def _compute(self, builder: Builder, values: list[Value]) -> None:
        rng, kind = self.rng, self.rng.randrange(10)
        if kind == 0:
            builder.store(rng.choice(values), rng.choice(self.cells))
        elif kind in (1, 2):
            values.append(builder.load(rng.choice(self.cells)))
        elif kind == 3:
            number = builder.cast("arith.bitcast", builder.constant(rng.choice(NANS), i32), f32)
            values.append(builder.cast("arith.bitcast", number, i32))
        elif kind == 4:
            values.append(builder.constant(rng.choice([0, 1, -1, 7]), i32))
        else:
            name = rng.choice("addi addi subi muli andi xori divsi remsi shli".split())
            values.append(builder.binary(f"arith.{name}", rng.choice(values), rng.choice(values)))
