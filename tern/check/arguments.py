"""What is written among the arguments of a call: numbers, lists of them, and names of types."""

from __future__ import annotations

from dataclasses import dataclass

from tern.check.facts import Errors, did_you_mean
from tern.check.surface import ELEMENTS
from tern.shapes import total
from tern.text import tree
from tern.types import Dimension, ScalarType


def integer(node: tree.Expression | None) -> int | None:
    """The whole number that is written, perhaps with a minus; None if it is something else."""
    match node:
        case tree.Integer(value):
            return value
        case tree.Unary("-", tree.Integer(value)):
            return -value
    return None


def number(node: tree.Expression | None) -> int | float | None:
    match node:
        case tree.Float(value):
            return value
        case tree.Unary("-", tree.Float(value)):
            return -value
    return integer(node)


def integers(node: tree.Expression | None) -> list[int] | None:
    """The whole numbers of a list; one that stands alone is a list of one."""
    items = node.items if isinstance(node, tree.List) else (node,)
    found = [value for item in items if (value := integer(item)) is not None]
    return found if len(found) == len(items) else None


def pairs(node: tree.Expression | None) -> list[tuple[int, int]] | None:
    """`[[0, 1], [2, 3]]`"""
    found = []
    for item in node.items if isinstance(node, tree.List) else (None,):
        pair = integers(item)
        if pair is None or len(pair) != 2:
            return None
        found.append((pair[0], pair[1]))
    return found


def sizes(node: tree.Expression | None) -> list[Dimension] | None:
    """The sizes of a list: whole numbers, names, and sums."""
    items = node.items if isinstance(node, tree.List) else (node,)
    found: list[Dimension] = [size for item in items if (size := _size(item)) is not None]
    return found if len(found) == len(items) else None


def _size(node: tree.Expression | None) -> Dimension:
    match node:
        case tree.Name(text):
            return text
        case tree.Binary("+", left, right):
            parts = [_size(left), _size(right)]
            return (
                None if any(isinstance(part, int) and part < 0 for part in parts) else total(parts)
            )
    return integer(node)


def element(node: tree.Expression | None) -> ScalarType | None:
    """The element type that a name stands for: `dtype=f32`."""
    return ELEMENTS.get(node.text) if isinstance(node, tree.Name) else None


def truth(node: tree.Expression | None) -> bool | None:
    return node.value if isinstance(node, tree.Boolean) else None


@dataclass(frozen=True)
class Signature:
    """What a built-in function takes: names of its arguments, of which so many must be given.

    All can be given by name, as NumPy's can.
    """

    names: tuple[str, ...]
    required: int = 1


def bind(
    node: tree.Call, signature: Signature, errors: Errors
) -> dict[str, tree.Expression] | None:
    """The expression for each argument that is given; None after reporting an error."""
    name, good = node.function.text, True
    bound = dict(zip(signature.names, node.arguments))
    most = len(signature.names)
    if len(node.arguments) > most:
        errors.add(f"`{name}` takes {_count(signature)}, found {len(node.arguments)}", node.span)
        good = False
    for keyword in node.keywords:
        word = keyword.name.text
        if word not in signature.names:
            note = did_you_mean(word, signature.names)
            errors.add(f"`{name}` has no argument `{word}=`", keyword.name.span, note)
            good = False
        elif word in bound:
            errors.add(f"`{word}=` is given twice", keyword.span)
            good = False
        bound[word] = keyword.value
    missing = [word for word in signature.names[: signature.required] if word not in bound]
    if good and missing:
        errors.add(f"`{name}` takes {_count(signature)}: `{missing[0]}` is missing", node.span)
        good = False
    return bound if good else None


def _count(signature: Signature) -> str:
    least, most = signature.required, len(signature.names)
    number = f"{least}" if least == most else f"{least} to {most}"
    return f"{number} argument{'s' * (number != '1')} ({', '.join(signature.names)})"
