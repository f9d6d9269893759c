"""SSA without renaming in a walk: what a variable holds is looked up the dominator tree."""

from collections import defaultdict, deque

from tern.ir import (
    Operation,
    Value,
    VerifyError,
    control_flow_graph,
    dominance_frontiers,
    dominator_tree,
    erase_unreachable_blocks,
    immediate_dominators,
    is_pure,
    predecessors_of,
)


class _Promotion:
    """What is known of a function while its variables become values."""

    def __init__(self, func: Operation):
        self.func = func
        self.blocks = func.body.blocks
        self.successors = control_flow_graph(func)
        self.predecessors = predecessors_of(self.successors)
        self.idoms = immediate_dominators(self.successors)
        self.slots = self.find_slots()
        self.bit = {slot: 1 << i for i, slot in enumerate(self.slots)}

    def find_slots(self) -> list[Value]:
        """The allocas that are only loaded from and stored to, in the order of the text."""
        slots: dict[Value, None] = {}
        escaped = set()
        for block in self.blocks:
            for op in block.operations:
                if op.regions and not is_pure(op):
                    raise VerifyError(f"{op.name} has regions: the function is not flat")
                if op.name == "memref.alloca" and op.results[0].type.rank == 0:
                    slots[op.results[0]] = None
                place = {"memref.load": 0, "memref.store": 1}.get(op.name)
                escaped.update(v for i, v in enumerate(op.operands) if i != place)
                for inner in op.walk() if op.regions else ():
                    if inner is not op:
                        escaped.update(inner.operands)
                for _, values in op.successors:
                    escaped.update(values)
        return [slot for slot in slots if slot not in escaped]

    def slot_of(self, op: Operation) -> Value | None:
        """The promoted slot that an operation makes, loads, or stores to."""
        if op.name == "memref.alloca":
            slot = op.results[0]
        elif op.name == "memref.load":
            slot = op.operands[0]
        elif op.name == "memref.store":
            slot = op.operands[1]
        else:
            return None
        return slot if slot in self.bit else None

    def live_at_start(self) -> list[int]:
        """For each block the slots, as bits, that a load may read before they are stored to."""
        read, written = [], []
        for block in self.blocks:
            reads = writes = 0
            for op in block.operations:
                slot = self.slot_of(op)
                if slot is None:
                    continue
                if op.name == "memref.load":
                    reads |= self.bit[slot] & ~writes
                elif op.name == "memref.store":
                    writes |= self.bit[slot]
            read.append(reads)
            written.append(writes)
        live = list(read)
        waiting = deque(i for i, bits in enumerate(live) if bits)
        while waiting:
            block = waiting.popleft()
            for source in self.predecessors[block]:
                more = live[block] & ~written[source] & ~live[source]
                if more:
                    live[source] |= more
                    waiting.append(source)
        for block, bits in zip(self.blocks, live):
            for op in block.operations:
                if op.name == "memref.alloca" and self.bit.get(op.results[0], 0) & bits:
                    name = op.results[0].hint or "a variable"
                    raise VerifyError(f"{name} may be read before anything is stored in it")
        return live

    def place_arguments(self, live: list[int]) -> None:
        """An argument for each slot in each block where its values meet and it is live."""
        frontiers = dominance_frontiers(self.successors, self.idoms)
        stores = defaultdict(set)
        for number, block in enumerate(self.blocks):
            for op in block.operations:
                if op.name == "memref.store" and op.operands[1] in self.bit:
                    stores[op.operands[1]].add(number)
        self.arguments: list[dict[Value, Value]] = [{} for _ in self.blocks]
        for slot in self.slots:
            meeting: set[int] = set()
            rest = list(stores[slot])
            while rest:
                new = frontiers[rest.pop()] - meeting
                meeting |= new
                rest.extend(new)
            for number in meeting:
                if live[number] & self.bit[slot]:
                    self.arguments[number][slot] = self.blocks[number].add_arg(slot.type.element)

    def value_at_end(self, number: int, slot: Value) -> Value:
        """What a slot holds at the end of a block: look up the dominator tree, and remember."""
        path = []
        while slot not in self.at_end[number]:
            path.append(number)
            number = self.idoms[number]
        value = self.at_end[number][slot]
        for each in path:
            self.at_end[each][slot] = value
        return value

    def rename(self) -> None:
        self.at_end = [dict(own) for own in self.arguments]
        instead: dict[Value, Value] = {}  # a load's result, and what it stands for
        children = dominator_tree(self.idoms)
        stack = [0]
        while stack:
            number = stack.pop()
            stack += children[number]
            block, now = self.blocks[number], self.at_end[number]
            kept = []
            for op in block.operations:
                for each in op.walk():
                    each.operands = [instead.get(value, value) for value in each.operands]
                slot = self.slot_of(op)
                if slot is None:
                    kept.append(op)
                elif op.name == "memref.load":
                    instead[op.results[0]] = self.value_at_end(number, slot)
                elif op.name == "memref.store":
                    now[slot] = op.operands[0]
            block.operations = kept
        number_of = {block: number for number, block in enumerate(self.blocks)}
        for number, block in enumerate(self.blocks):
            for op in block.operations:
                for i, (target, values) in enumerate(op.successors):
                    passed = [instead.get(value, value) for value in values]
                    for slot in self.arguments[number_of[target]]:
                        passed.append(self.value_at_end(number, slot))
                    op.successors[i] = (target, passed)


def to_ssa(func: Operation) -> None:
    """Replace the variables of a function by values and block arguments."""
    if not func.body.blocks:
        return
    erase_unreachable_blocks(func)
    promotion = _Promotion(func)
    if promotion.slots:
        live = promotion.live_at_start()
        promotion.place_arguments(live)
        promotion.rename()
