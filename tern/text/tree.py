"""The syntax tree: what the parser makes of a source text.

Trees compare equal when they mean the same text up to layout: every node has a span, and no
comparison looks at it. A node made by hand may leave its span out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import TypeAlias

from tern.text.diagnostics import Source, Span

NOWHERE = Span(0, 0)


@dataclass(slots=True)
class Node:
    """Any part of a program, with the range of the text it was read from."""

    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)

    def __str__(self) -> str:
        return outline(self)


# --- expressions ------------------------------------------------------------------------------


@dataclass(slots=True)
class Integer(Node):
    """`42`. Never negative: `-42` is a Unary."""

    value: int


@dataclass(slots=True)
class Float(Node):
    """`1.0` or `1e-3`. Never negative, infinite or NaN."""

    value: float


@dataclass(slots=True)
class Boolean(Node):
    """`true` or `false`."""

    value: bool


@dataclass(slots=True)
class Name(Node):
    """A name, where it is used and where it is introduced."""

    text: str


@dataclass(slots=True)
class Unary(Node):
    """`-operand` or `not operand`."""

    operator: str
    operand: Expression


@dataclass(slots=True)
class Binary(Node):
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True)
class Keyword(Node):
    """One `name=value` among a call's arguments."""

    name: Name
    value: Expression


@dataclass(slots=True)
class Call(Node):
    """`function(argument, ..., keyword=value, ...)`."""

    function: Name
    arguments: tuple[Expression, ...]
    keywords: tuple[Keyword, ...] = ()


@dataclass(slots=True)
class List(Node):
    """`[1, 2]`: sizes, axes, or tensors among the arguments of a call."""

    items: tuple[Expression, ...]


@dataclass(slots=True)
class Slice(Node):
    """`start:stop` in a subscript; either may be missing."""

    start: Expression | None = None
    stop: Expression | None = None


@dataclass(slots=True)
class Subscript(Node):
    """`tensor[index, ...]`, each index an expression or a Slice."""

    tensor: Name
    indices: tuple[Expression | Slice, ...]


Expression: TypeAlias = Integer | Float | Boolean | Name | Unary | Binary | Call | List | Subscript


# --- statements -------------------------------------------------------------------------------


@dataclass(slots=True)
class Block(Node):
    """`{ statement ... }`, which is a scope of names."""

    statements: tuple[Statement, ...]


@dataclass(slots=True)
class Let(Node):
    """`let name = value;`"""

    name: Name
    value: Expression


@dataclass(slots=True)
class Assign(Node):
    """`name = value;`"""

    name: Name
    value: Expression


@dataclass(slots=True)
class Return(Node):
    """`return value;`"""

    value: Expression


@dataclass(slots=True)
class If(Node):
    """`if condition then else otherwise`; an `else if` makes `otherwise` an If."""

    condition: Expression
    then: Block
    otherwise: Block | If | None = None


@dataclass(slots=True)
class While(Node):
    """`while condition body`"""

    condition: Expression
    body: Block


@dataclass(slots=True)
class For(Node):
    """`for name in start..stop body`, the name taking start, start + 1, ..., stop - 1."""

    name: Name
    start: Expression
    stop: Expression
    body: Block


Statement: TypeAlias = Let | Assign | Return | If | While | For


# --- functions --------------------------------------------------------------------------------


@dataclass(slots=True)
class Size(Node):
    """One size of a shape: a number, a name that stands for one, or a sum in normal form."""

    value: int | str


@dataclass(slots=True)
class TypeName(Node):
    """`f32` (no sizes: a scalar) or `f32[n, 4]`."""

    element: str
    shape: tuple[Size, ...] = ()


@dataclass(slots=True)
class Parameter(Node):
    """`name: type`"""

    name: Name
    type: TypeName


@dataclass(slots=True)
class Function(Node):
    """`fn name(parameter, ...) -> result body`"""

    name: Name
    parameters: tuple[Parameter, ...]
    result: TypeName
    body: Block


@dataclass(slots=True)
class Module(Node):
    """A whole source text: functions, in any order."""

    functions: tuple[Function, ...]
    source: Source = field(
        default_factory=lambda: Source(""), compare=False, repr=False, kw_only=True
    )


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, each before what it holds, in the order of the text."""
    work: list[Node] = [node]
    while work:
        node = work.pop()
        yield node
        below: list[object] = []
        for one in fields(node):
            value = getattr(node, one.name)
            below.extend(value if isinstance(value, tuple) and one.compare else (value,))
        work += [value for value in reversed(below) if isinstance(value, Node)]


def outline(node: Node) -> str:
    """The tree to look at: one line a node, children indented under their parent."""
    return "\n".join(_outline_lines(node, "", ""))


def _outline_lines(node: Node, label: str, indent: str) -> list[str]:
    head = f"{indent}{label}{type(node).__name__}"
    below: list[str] = []
    for one in fields(node):
        value = getattr(node, one.name)
        if not one.compare:
            continue  # spans, and the source
        if isinstance(value, Name):
            head += f" {value.text}" if one.name == "name" else f" {one.name}={value.text}"
        elif isinstance(value, Node):
            below += _outline_lines(value, f"{one.name}: ", indent + "  ")
        elif isinstance(value, tuple):
            for item in value:
                below += _outline_lines(item, "", indent + "  ")
        elif value is not None:
            shown = value if isinstance(value, str) else repr(value)
            head += f" {shown}"
    return [head, *below]
