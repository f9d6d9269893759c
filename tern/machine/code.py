"""Instructions before registers: what selection has chosen, with values where registers will be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tern.errors import EmitError, at
from tern.ir import Operation
from tern.machine.description import LETTERS, Machine, Pattern, leaves
from tern.machine.lowering import lower
from tern.machine.nodes import Edge, Lowered
from tern.machine.select import select
from tern.machine.trees import Forest, forest, uses_of


@dataclass(slots=True)
class Instruction:
    """One instruction of a function whose values have no registers yet.

    Attributes:
        kind: "pattern", a row of the machine's table; "branch" and "check", rows that end in a
            conditional jump; "copies", parallel copies of `reads` to `writes`; "entry" and
            "return", copies from and to where the calling convention has them; "call"; "jump".
        writes, reads: values by number.
        late: those that are still read when something has been written.
        values, constants: what each letter of the pattern's text stands for.
        targets: numbers of blocks: of a branch, where it goes if true, and if false.
        note: a call's callee, or the number of a check's error.
    """

    kind: str
    writes: tuple[int, ...] = ()
    reads: tuple[int, ...] = ()
    late: tuple[int, ...] = ()
    pattern: Pattern | None = None
    values: dict[str, int] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)
    targets: tuple[int, ...] = ()
    note: Any = None

    @property
    def effect(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What liveness looks at."""
        return self.writes, self.reads


@dataclass
class Code:
    """A function as blocks of instructions, in the order in which they will lie in memory.

    `types[v]` is the type of value v, `errors` what can go wrong in it: the text and the location.
    """

    name: str
    types: list[str]
    blocks: list[list[Instruction]]
    errors: list[tuple[str, Any]]

    @property
    def successors(self) -> list[list[int]]:
        return [list(dict.fromkeys(block[-1].targets)) for block in self.blocks]

    @property
    def effects(self) -> list[list[tuple[tuple[int, ...], tuple[int, ...]]]]:
        return [[instruction.effect for instruction in block] for block in self.blocks]


def code_of(func: Operation, machine: Machine) -> Code:
    """The instructions that compute a function in flat SSA form.

    Raises:
        EmitError: an operation or a type has no form; the location is the operation's.
    """
    with at(func.location):
        lowered = lower(func, machine)
        _check_convention(lowered, machine)
    return _Coding(lowered, machine).run()


def _check_convention(lowered: Lowered, machine: Machine) -> None:
    """EmitError for more arguments or results than registers for them."""
    called = [node for node in lowered.nodes if node.operator == "call"]
    results: dict[int, list[int]] = {}
    for number, node in enumerate(lowered.nodes):
        if node.operator == "result":
            results.setdefault(node.operands[0], []).append(number)
    returned = [block.uses for block in lowered.blocks if not block.edges]
    for word, groups in (
        ("arguments", [lowered.blocks[0].arguments, *(node.operands for node in called)]),
        ("results", [*returned, *results.values()]),
    ):
        for group in groups:
            for name, registers in machine.registers.items():
                count = sum(
                    machine.class_of(lowered.nodes[value].type) is registers for value in group
                )
                limit = len(getattr(registers, word))
                if count > limit:
                    raise EmitError(f"{count} {word} in {name} registers: {limit} have a place")


class _Coding:
    def __init__(self, lowered: Lowered, machine: Machine) -> None:
        self.lowered, self.machine = lowered, machine
        self.uses = uses_of(lowered)
        self.errors: list[tuple[str, Any]] = []
        self.results: dict[int, list[int]] = {}  # of each call, in order
        for number, node in enumerate(lowered.nodes):
            if node.operator == "result":
                self.results.setdefault(node.operands[0], []).append(number)

    def run(self) -> Code:
        trees = forest(self.lowered)
        bodies: list[list[Instruction]] = [[] for _ in self.lowered.blocks]
        tiles = select(trees.nodes, self.machine.rows)
        for node, number in sorted(tiles):
            bodies[trees.block[node]] += self.tile(trees, node, self.machine.patterns[number])
        arguments = self.lowered.blocks[0].arguments
        bodies[0].insert(0, Instruction("entry", writes=tuple(arguments)))
        types = [node.type for node in self.lowered.nodes]
        return Code(self.lowered.name, types, self.laid_out(bodies), self.errors)

    def tile(self, trees: Forest, node: int, pattern: Pattern) -> list[Instruction]:
        """The instructions of a pattern that lies on a node."""
        operator, origin = pattern.shape[0], trees.origin[node]
        if operator == "value":
            return []
        if operator == "call":
            call = self.lowered.nodes[origin]
            results = tuple(self.results.get(origin, ()))
            return [Instruction("call", results, call.operands, note=call.value)]
        values, constants = self.operands(trees, node, pattern)
        if operator == "branch":
            return [self.instruction("branch", pattern, values, constants)]
        if operator == "check":
            source = self.lowered.nodes[origin]
            self.errors.append((source.value, source.location))
            number = len(self.errors) - 1
            return [self.instruction("check", pattern, values, constants, note=number)]
        if not pattern.tied:
            return [self.instruction("pattern", pattern, values, constants, origin)]
        # The first operand's register becomes the result's: keep the operand, if others need it.
        if pattern.commutes and self.uses[values["a"]] > 1 and self.uses[values["b"]] == 1:
            values["a"], values["b"] = values["b"], values["a"]
        source, values[pattern.tied] = values[pattern.tied], origin
        values = {letter: origin if v == source else v for letter, v in values.items()}
        copy = Instruction("copies", (origin,), (source,))
        return [copy, self.instruction("pattern", pattern, values, constants, origin)]

    def operands(
        self, trees: Forest, node: int, pattern: Pattern
    ) -> tuple[dict[str, int], dict[str, int]]:
        """What each letter stands for: values and constants."""
        values: dict[str, int] = {}
        constants: dict[str, int] = {}
        shapes = leaves(pattern.shape)
        for letter, shape, leaf in zip(LETTERS, shapes, _leaf_nodes(pattern.shape, node, trees)):
            if shape == "reg":
                values[letter] = trees.origin[leaf]
            else:
                constants[letter] = trees.nodes[leaf][2]
        return values, constants

    def instruction(
        self,
        kind: str,
        pattern: Pattern,
        values: dict[str, int],
        constants: dict[str, int],
        result: int | None = None,
        note: Any = None,
    ) -> Instruction:
        late = tuple(values[letter] for letter in (*pattern.late, *pattern.tied))
        writes = () if result is None else (result,)
        reads = tuple(dict.fromkeys(values.values()))
        named = dict(values) if result is None else {"d": result, **values}
        return Instruction(kind, writes, reads, late, pattern, named, dict(constants), note=note)

    def laid_out(self, bodies: list[list[Instruction]]) -> list[list[Instruction]]:
        """The blocks in order, with their ends, and new blocks on edges of branches that copy."""
        first: list[int] = []  # of each block, its number in the new order
        count = 0
        for block in self.lowered.blocks:
            first.append(count)
            count += 1
            if len(block.edges) == 2:
                count += sum(bool(edge.values) for edge in block.edges)
        laid: list[list[Instruction]] = []
        for block, body in zip(self.lowered.blocks, bodies):
            laid.append(body)
            if not block.edges:
                body.append(Instruction("return", reads=block.uses))
            elif len(block.edges) == 1:
                body += self.edge(block.edges[0], first)
            else:
                targets = []
                extra: list[list[Instruction]] = []
                for edge in block.edges:
                    if edge.values:
                        extra.append(self.edge(edge, first))
                        targets.append(len(laid) + len(extra) - 1)
                    else:
                        targets.append(first[edge.target])
                body[-1].targets = tuple(targets)
                laid += extra
        return laid

    def edge(self, edge: Edge, first: Sequence[int]) -> list[Instruction]:
        """The copies on an edge, and the jump to its target."""
        jump = Instruction("jump", targets=(first[edge.target],))
        arguments = self.lowered.blocks[edge.target].arguments
        moves = [(to, value) for to, value in zip(arguments, edge.values) if self.uses[to]]
        if not moves:
            return [jump]
        writes, reads = zip(*moves)
        return [Instruction("copies", writes, reads), jump]


def _leaf_nodes(shape: Any, node: int, trees: Forest) -> list[int]:
    """Where all of a shape's leaves lie, constants too, from left to right."""
    found: list[int] = []
    work = [(shape, node)]
    while work:
        shape, node = work.pop()
        if shape == "reg" or shape[0].startswith("constant."):
            found.append(node)
        else:
            work.extend(zip(reversed(shape[1:]), reversed(trees.nodes[node][1])))
    return found
