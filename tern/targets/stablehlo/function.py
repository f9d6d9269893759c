"""One function of tern as one of StableHLO: its operations, one after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.errors import at
from tern.ir import DEFINITIONS, Operation, OpResult, Value
from tern.targets.errors import EmitError
from tern.targets.mlir.text import names_of
from tern.targets.stablehlo.elementwise import elementwise
from tern.targets.stablehlo.writer import Lines, Name, type_text
from tern.types import FloatType, TensorType, i1


def as_tensor(type: Any) -> TensorType:
    """A tensor's type; of a number, that of a tensor of rank 0."""
    return type if isinstance(type, TensorType) else TensorType((), type)


class Function:
    """Writes one function. The rules of operations are told by `RULES`, by name."""

    def __init__(self, func: Operation) -> None:
        self.func = func
        self.block = func.body.only_block
        self.wishes = {v: name for v, name in names_of(func).items() if not name[1:2].isdigit()}
        self.names: dict[Value, Name] = {}
        for arg in self.block.args:
            type_text(arg.type)
            self.names[arg] = Name(self.wishes[arg], as_tensor(arg.type))
        self.lines = Lines(name.text for name in self.names.values())

    def of(self, value: Value) -> Name:
        """The name of a value. What is the same number everywhere is written when it is used."""
        if value not in self.names:
            assert isinstance(value, OpResult) and value.op.name in WAITING
            wish, self.lines.wish = self.lines.wish, self.wishes.get(value, "")
            RULES[value.op.name](self, value.op)
            self.lines.wish = wish
        return self.names[value]

    def write(self, name: str, private: bool) -> str:
        """The text of the function, under this name. EmitError."""
        for op in self.block.operations[:-1]:
            with at(op.location):
                self.operation(op)
        returned = [self.of(value) for value in self.block.operations[-1].operands]
        arguments = ", ".join(
            f"{self.names[arg]}: {type_text(self.names[arg].type)}" for arg in self.block.args
        )
        types = ", ".join(type_text(each.type) for each in returned)
        given = ", ".join(map(str, returned))
        visibility = "private" if private else "public"
        head = f"  func.func {visibility} @{name}({arguments}) -> ({types}) {{"
        last = f"    return {given} : {types}" if returned else "    return"
        return "\n".join([head, *[f"    {line}" for line in self.lines.lines], last, "  }"])

    def operation(self, op: Operation) -> None:
        if op.name in WAITING:
            return
        if len(op.results) == 1:
            self.lines.wish = self.wishes.get(op.results[0], "")
        rule = RULES.get(op.name)
        if rule is not None:
            rule(self, op)
        elif _computes(op):
            self.names[op.result] = elementwise(
                self.lines,
                op.name,
                [self.of(value) for value in op.operands],
                as_tensor(op.result.type).element,
                op.attributes,
            )
        else:
            raise EmitError(f"{op.name} has no form in StableHLO")
        self.lines.wish = ""


WAITING = frozenset({"arith.constant", "tensor.empty", "tensor.splat", "linalg.fill"})
"""Operations that are written when their result is used, if it is: many of them are where a
reduction starts, and StableHLO has that elsewhere."""

Rule = Callable[[Function, Operation], None]
RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Callable[[Function, Operation], Any]], Rule]:
    """A decorator: how operations of these names are written. What the function gives is the name
    of the only result, or the names of all."""

    def known(write: Callable[[Function, Operation], Any]) -> Rule:
        def written(f: Function, op: Operation) -> None:
            found = write(f, op)
            if found is not None:
                all_of = found if isinstance(found, list) else [found]
                f.names.update(zip(op.results, all_of, strict=True))

        RULES.update(dict.fromkeys(names, written))
        return written

    return known


def _computes(op: Operation) -> bool:
    definition = DEFINITIONS.get(op.name)
    evaluation = definition.evaluation if definition else None
    return evaluation is not None and None not in (evaluation.scalar, evaluation.array)


def zero_of(element: Any) -> Any:
    if isinstance(element, FloatType):
        return 0.0
    return False if element == i1 else 0


@rule("arith.constant")
def constant(f: Function, op: Operation) -> Name:
    return f.lines.constant(op.attributes["value"], as_tensor(op.result.type))


@rule("tensor.empty")
def empty(f: Function, op: Operation) -> Name:
    """A tensor of unspecified content: zeros."""
    type: Any = op.result.type
    zero = f.lines.constant(zero_of(type.element), TensorType((), type.element))
    return f.lines.broadcast(zero, [], type.shape)


@rule("func.call")
def call(f: Function, op: Operation) -> list[Name]:
    operands = [f.of(value) for value in op.operands]
    types = [as_tensor(result.type) for result in op.results]
    inputs = ", ".join(type_text(each.type) for each in operands)
    results = ", ".join(map(type_text, types))
    arrow = f"({inputs}) -> {results if len(types) == 1 else f'({results})'}"
    texts = ", ".join(map(str, operands))
    return f.lines.add_several(f"call @{op.attributes['callee']}({texts}) : {arrow}", types)
