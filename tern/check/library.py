"""The functions of tern/library, which every program can call: softmax, layer_norm, gelu, …

They are written in tern for f32 and, where the size is called `rows`, for one axis of rows. A call
gets a function of its own, an *instance*, for its element type and its number of axes: `rows` then
stands for all those axes, or for none. The instances join the program's functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from tern.check.builtins import Checker
from tern.check.facts import Signature
from tern.check.surface import ELEMENTS, element_of, is_float, shape_of, shaped, spell
from tern.parts import originals
from tern.text import Source, parse, tree
from tern.types import Dimension, ScalarType, Type, f32

ROWS = "rows"
FOLDER = Path(__file__).parent.parent / "library"


@cache
def library() -> dict[str, tuple[tree.Function, Source]]:
    """The functions by name, each with the text that it stands in. The book's own parser has read
    them, whatever is in force."""
    found: dict[str, tuple[tree.Function, Source]] = {}
    with originals():
        for path in sorted(FOLDER.glob("*.tern")):
            source = Source(path.read_text("utf-8"), f"tern/library/{path.name}", brackets=True)
            for function in parse(source).functions:
                found[function.name.text] = (function, source)
    return found


def needed(function: tree.Function) -> Iterator[str]:
    """The library's functions that one of them calls."""
    for node in tree.walk(function):
        if isinstance(node, tree.Call) and node.function.text in library():
            yield node.function.text


def instance(
    checker: Checker, node: tree.Call, signatures: dict[str, Signature]
) -> Signature | None:
    """The signature of the instance that a call needs, new or known; None after an error.

    `signatures` has the program's functions and the instances so far; a new one is added.
    """
    function, _ = library()[node.function.text]
    if len(node.arguments) != len(function.parameters):
        return None  # who checks the call will say so
    element, outer = _chosen(checker, node, function)
    name = _name(function.name.text, element, outer)
    while name in signatures and signatures[name].instance_of != (
        function.name.text,
        element,
        outer,
    ):
        name += "_"
    if name not in signatures:
        signatures[name] = instantiated(name, function.name.text, element, outer)
    return signatures[name]


def instantiated(name: str, of: str, element: ScalarType, outer: int) -> Signature:
    """A function of the library, called `name`, for an element type in place of f32, and `outer`
    axes in place of `rows`."""
    function, source = library()[of]
    changed = _Change(name, element, outer).function(function)
    return Signature(
        changed,
        tuple(_resolved(parameter.type) for parameter in changed.parameters),
        _resolved(changed.result),
        source,
        (of, element, outer),
    )


def _chosen(checker: Checker, node: tree.Call, function: tree.Function) -> tuple[ScalarType, int]:
    """The element type in place of f32, and the number of axes in place of `rows`, as the first
    argument that says so has them."""
    element, outer = f32, 1
    for argument, parameter in reversed(list(zip(node.arguments, function.parameters))):
        sizes = [size.value for size in parameter.type.shape]
        if not sizes:
            continue
        found = checker.check(argument)
        if found is None:
            continue
        if parameter.type.element == "f32" and is_float(element_of(found)):
            element = element_of(found)
        if ROWS in sizes:
            outer = max(len(shape_of(found)) - len(sizes) + 1, 0)
    return element, outer


def _name(name: str, element: ScalarType, outer: int) -> str:
    """The library's own name for one axis of rows of f32, else with what is different."""
    parts = [
        name,
        *([f"{outer}d"] if outer != 1 else []),
        *([spell(element)] if element != f32 else []),
    ]
    return "_".join(parts)


def _resolved(name: tree.TypeName) -> Type:
    return shaped(tuple(size.value for size in name.shape), ELEMENTS[name.element])


class _Change:
    """Copies a function, with another element type in place of f32, and axes in place of `rows`."""

    def __init__(self, name: str, element: ScalarType, outer: int) -> None:
        self.name = name
        self.element = spell(element)
        self.outer: list[Dimension] = [ROWS] if outer == 1 else [f"{ROWS}{i}" for i in range(outer)]

    def function(self, function: tree.Function) -> tree.Function:
        copied = self.copy(function)
        copied.name = tree.Name(self.name, span=function.name.span)
        return copied

    def copy(self, node: Any) -> Any:
        match node:
            case tuple():
                return tuple(copied for item in node for copied in self.several(item))
            case tree.Name("f32"):
                return tree.Name(self.element, span=node.span)
            case tree.TypeName(element, shape):
                name = self.element if element == "f32" else element
                return tree.TypeName(name, self.copy(shape), span=node.span)
            case tree.Node():
                names = [each.name for each in fields(node) if each.compare]
                copied = {name: self.copy(getattr(node, name)) for name in names}
                return type(node)(**copied, span=node.span)
        return node

    def several(self, item: Any) -> list[Any]:
        """An item of a list, of which `rows` becomes several."""
        match item:
            case tree.Size(value) if value == ROWS:
                return [tree.Size(size, span=item.span) for size in self.outer]
            case tree.Name(text) if text == ROWS:
                return [tree.Name(str(size), span=item.span) for size in self.outer]
        return [self.copy(item)]
