"""Programs and graphs to try things on: random ones, and simple shapes of any size."""

from __future__ import annotations

import random
from collections.abc import Callable

from tern.ir.builder import Builder, new_function
from tern.ir.collector import collector_paused
from tern.ir.core import Block, Operation, Value
from tern.parts import original
from tern.types import Type, f32, i1, i32

Choose = Callable[[int], int]
"""`choose(n)` picks one of 0, …, n - 1. 0 is always the plainest choice, so that a search
for a small counterexample, which prefers small numbers, ends at plain programs."""


def random_function(seed: int, operations: int = 30, slots: bool = True) -> Operation:
    """A function of about `operations` operations in the flat form, the same for the same seed.

    It is made of sequences, ifs and bounded loops, nested at most six deep, on i32, f32 and
    i1, so that it is valid, always ends, and never divides by zero. With `slots`, variables
    are memref.alloca; without, the function is in SSA form. O(operations): 100,000 in a second.
    """
    generator = random.Random(seed)
    with collector_paused():
        func = write_function(lambda n: int(generator.random() * n), operations)
    if not slots:
        original("ir.to_ssa")(func)  # whatever is in force: samples do not change
    return func


def random_graph(seed: int, blocks: int) -> list[list[int]]:
    """A control flow graph of `blocks` blocks with at most two successors each.

    Any graph can come out: irreducible ones, with blocks that cannot be reached, that branch
    to themselves, or to the entry.
    """
    generator = random.Random(seed)
    # Graphs of mostly near edges are deep, those of far edges shallow: have both.
    reach = generator.choice([2, 5, blocks])
    graph = []
    for block in range(blocks):
        targets = []
        for _ in range(generator.choice([0, 1, 1, 2, 2, 2])):
            if generator.random() < 0.8:
                target = block + generator.randint(1, reach)
            else:
                target = block - generator.randint(0, reach)
            targets.append(min(max(target, 0), blocks - 1))
        graph.append(list(dict.fromkeys(targets)))
    return graph


def program_graph(seed: int, blocks: int) -> list[list[int]]:
    """The control flow graph of a structured program: ifs and loops, at most six deep.

    Every block is reachable, and the dominator tree is as deep as the program is long.
    O(blocks).
    """
    generator = random.Random(seed)
    graph: list[list[int]] = [[]]

    def follow(block: int) -> int:
        """A new block after `block`."""
        graph.append([])
        graph[block].append(len(graph) - 1)
        return len(graph) - 1

    def statements(block: int, depth: int) -> int:
        """Some statements that start in `block`; the block in which they end."""
        for _ in range(generator.randint(1, 3)):
            kind = generator.randrange(4) if depth < 6 else 0
            if kind == 0:
                block = follow(block)
            elif kind == 1:  # if without else
                end = statements(follow(block), depth + 1)
                after = follow(block)
                graph[end].append(after)
                block = after
            elif kind == 2:  # if with else
                then = statements(follow(block), depth + 1)
                otherwise = statements(follow(block), depth + 1)
                block = follow(then)
                graph[otherwise].append(block)
            else:  # while
                header = follow(block)
                graph[statements(follow(header), depth + 1)].append(header)
                block = follow(header)
        return block

    end = 0
    while len(graph) < blocks:
        end = statements(end, 1)
    return graph


# shapes ---------------------------------------------------------------------------------------


def chain(blocks: int) -> list[list[int]]:
    """0 → 1 → 2 → …"""
    return [[b + 1] for b in range(blocks - 1)] + [[]]


def ladder(blocks: int) -> list[list[int]]:
    """Diamonds, one after another: an if with two branches, again and again."""
    graph: list[list[int]] = []
    while len(graph) + 4 <= blocks:
        b = len(graph)
        graph += [[b + 1, b + 2], [b + 3], [b + 3]]
    return graph + [[b + 1] for b in range(len(graph), blocks - 1)] + [[]]


def loops(blocks: int) -> list[list[int]]:
    """Loops, one after another: a header and a body, again and again."""
    graph: list[list[int]] = [[1]]
    while len(graph) + 3 <= blocks:
        b = len(graph)
        graph += [[b + 1, b + 2], [b]]
    return graph + [[b + 1] for b in range(len(graph), blocks - 1)] + [[]]


def nest(blocks: int) -> list[list[int]]:
    """Loops in loops, each with nothing but the next one in it: about blocks / 2 deep."""
    depth = max(1, (blocks - 2) // 2)
    # Block k is the header of loop k, and block depth + k is where that loop exits to: the
    # end of the body of the loop around it. The body of the innermost is the last block.
    last = 2 * depth + 1
    graph = [[1]]
    graph += [[k + 1 if k < depth else last, depth + k] for k in range(1, depth + 1)]
    graph += [[k - 1] if k > 1 else [] for k in range(1, depth + 1)]
    return graph + [[depth]]


def guards(blocks: int) -> list[list[int]]:
    """A chain in which every block may also leave to the last: early returns."""
    last = blocks - 1
    return [list(dict.fromkeys([b + 1, last])) for b in range(last)] + [[]]


# functions ------------------------------------------------------------------------------------

_DEEPEST = 6
_INTEGER = "addi subi muli andi ori xori maxsi minsi".split()
_FLOAT = "addf subf mulf maximumf minimumf divf".split()
_NUMBERS = [0, 1, 2, 3, -1, 7, 100, -(2**31), 2**31 - 1]
_FLOATS = [0.0, 1.0, 0.5, -1.0, 3.25, 1e10]


def ladder_function(seed: int, rungs: int) -> Operation:
    """A function in SSA form of `rungs` ifs, one after another, about half of them with an else.

    Every rung uses values of the entry, so a verifier that climbs the dominator tree from use
    to definition climbs all of it. O(rungs).
    """
    generator = random.Random(seed)
    func = new_function("ladder", [i32, i32], [i32])
    block = func.body.blocks[0]
    x, y = block.args
    value = x
    for _ in range(rungs):
        builder = Builder(block)
        name = _INTEGER[generator.randrange(len(_INTEGER))]
        value = builder.binary(f"arith.{name}", value, generator.choice([x, y]))
        less = builder.compare("slt", value, y)
        left = func.body.add_block()
        right = func.body.add_block() if generator.random() < 0.5 else None
        block = func.body.add_block([i32])
        if right is None:
            builder.cond_br(less, left, [], block, [x])
        else:
            builder.cond_br(less, left, [], right, [])
            Builder(right).br(block, [x])
        Builder(left).br(block, [value])
        (value,) = block.args
    Builder(block).ret([value])
    return func


def write_function(choose: Choose, operations: int) -> Operation:
    """The function that `choose` decides on, with variables in slots. See random_function."""
    return Writer(choose, operations).function()


class Writer:
    """Writes one function, statement by statement, into the block that is open now."""

    def __init__(self, choose: Choose, operations: int) -> None:
        self.choose = choose
        self.left = operations
        self.slots: list[Value] = []
        self.values: dict[Type, list[Value]] = {i32: [], f32: [], i1: []}
        # Large programs would nearly always end early, at the first return of many.
        self.returns_left = 2 if operations <= 200 else 0
        self.at_entry: list[Operation] = []  # allocas that belong there

    def function(self) -> Operation:
        choose = self.choose
        inputs = [i32, f32][: choose(3)]
        types = [(i32, f32, i1)[choose(3)] for _ in range(1 + choose(3))]
        self.func = new_function("sample", inputs, types)
        entry = self.func.body.blocks[0]
        self.builder = Builder(entry)
        for arg in entry.args:
            self.values[arg.type].append(arg)
        for type in types:
            self.declare(type)
        self.returned = list(self.slots)
        while self.left > 0:
            self.statement(0, None)
        self.give_back()
        for op in self.at_entry:
            op.parent = entry
        entry.operations[:0] = self.at_entry
        return self.func

    # values -------------------------------------------------------------------------------

    def constant(self, type: Type) -> Value:
        self.left -= 1
        if type == i1:
            return self.builder.constant(self.choose(2) == 1, i1)
        numbers = _NUMBERS if type == i32 else _FLOATS
        return self.builder.constant(numbers[self.choose(len(numbers))], type)

    def operand(self, type: Type) -> Value:
        """A value that is at hand, most likely a recent one; else a constant or a load."""
        values = self.values[type]
        if values and self.choose(4):
            recent = min(len(values), 8)
            return values[len(values) - 1 - self.choose(recent)]
        slots = [slot for slot in self.slots[-8:] if slot.type.element == type]
        if slots and self.choose(4):
            self.left -= 1
            return self.builder.load(slots[self.choose(len(slots))])
        return self.constant(type)

    def compute(self) -> None:
        """One operation on operands at hand."""
        choose, builder, operand = self.choose, self.builder, self.operand
        self.left -= 1
        kind = choose(8)
        if kind <= 1:
            name = _INTEGER[choose(len(_INTEGER))]
            result = builder.binary(f"arith.{name}", operand(i32), operand(i32))
        elif kind <= 3:
            name = _FLOAT[choose(len(_FLOAT))]
            result = builder.binary(f"arith.{name}", operand(f32), operand(f32))
        elif kind == 4:
            predicate = ("slt", "eq", "sge")[choose(3)]
            result = builder.compare(predicate, operand(i32), operand(i32))
        elif kind == 5:
            predicate = ("olt", "une", "uge")[choose(3)]
            result = builder.compare(predicate, operand(f32), operand(f32))
        elif kind == 6:
            type = (i32, f32)[choose(2)]
            result = builder.select(operand(i1), operand(type), operand(type))
        elif choose(2):
            name = ("arith.divsi", "arith.remsi")[choose(2)]
            divisor = builder.constant((1, 2, 3, -7)[choose(4)], i32)
            result = builder.binary(name, operand(i32), divisor)
        else:
            result = builder.cast("arith.sitofp", operand(i32), f32)
        self.values[result.type].append(result)

    # statements ---------------------------------------------------------------------------

    def statement(self, depth: int, leave: Block | None) -> None:
        """One statement; `leave` is where the loop around it goes on after its end."""
        kind = self.choose(12)
        if kind <= 4 or depth >= _DEEPEST and kind >= 9:
            self.compute()
        elif kind <= 7:
            self.assign()
        elif kind == 8:
            self.declare((i32, f32, i1)[self.choose(3)])
        elif kind <= 10:
            self.branch(depth, leave)
        else:
            self.loop(depth)

    def assign(self) -> None:
        slot = self.slots[-1 - self.choose(min(len(self.slots), 8))]
        self.left -= 1
        self.builder.store(self.operand(slot.type.element), slot)

    def declare(self, type: Type) -> None:
        """A variable: its alloca here or, as compilers like it, at the top of the function."""
        self.left -= 2
        value = self.operand(type)
        slot = self.builder.alloca(type)
        if self.choose(2):
            self.at_entry.append(self.builder.block.operations.pop())
        self.builder.store(value, slot)
        self.slots.append(slot)

    def give_back(self) -> None:
        self.builder.ret([self.builder.load(slot) for slot in self.returned])

    def branch(self, depth: int, leave: Block | None) -> None:
        """An if, perhaps with an else; it may return, or leave the loop around it."""
        self.left -= 2
        condition = self.operand(i1)
        start = self.builder
        then, otherwise, after = Block(), Block(), Block()
        two_sided = self.choose(3)
        start.cond_br(condition, then, (), otherwise if two_sided else after)
        for block in [then, otherwise] if two_sided else [then]:
            self.open(block)
            self.body(depth, leave)
            ending = self.choose(12) if block is then else 0
            if ending == 11 and self.returns_left:
                self.returns_left -= 1
                self.give_back()
            elif ending == 10 and leave is not None:
                self.builder.br(leave)
            else:
                self.builder.br(after)
        self.open(after)

    def loop(self, depth: int) -> None:
        """A loop of a few iterations, counted in a block argument: the only ones there are."""
        self.left -= 5
        header, body, after = Block([i32]), Block(), Block()
        zero = self.builder.constant(0, i32)
        one = self.builder.constant(1, i32)
        limit = self.limit(depth)
        test_first = self.choose(3) < 2
        self.builder.br(header, [zero])
        (variable,) = header.args
        self.open(header)
        if test_first:
            again = self.builder.compare("slt", variable, limit)
            self.builder.cond_br(again, body, (), after)
            self.open(body)
        self.values[i32].append(variable)
        self.body(depth, after)
        self.values[i32].pop()
        following = self.builder.binary("arith.addi", variable, one)
        if test_first:
            self.builder.br(header, [following])
        else:
            again = self.builder.compare("slt", following, limit)
            self.builder.cond_br(again, header, [following], after)
        self.open(after)

    def limit(self, depth: int) -> Value:
        """What a loop counts up to: its trip count."""
        return self.builder.constant(1 + self.choose(4 if depth < 2 else 2), i32)

    def body(self, depth: int, leave: Block | None) -> None:
        """Statements whose values and variables cannot be seen after them."""
        marks = {type: len(values) for type, values in self.values.items()}
        slots = len(self.slots)
        end = self.left - 1 - self.choose(24 >> min(depth, 3))
        while self.left > max(end, 0):
            self.statement(depth + 1, leave)
        for type, mark in marks.items():
            del self.values[type][mark:]
        del self.slots[slots:]

    def open(self, block: Block) -> None:
        block.parent = self.func.body
        self.func.body.blocks.append(block)
        self.builder = Builder(block)
