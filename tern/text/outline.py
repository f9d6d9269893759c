"""A syntax tree as an indented outline, for looking at it."""

from __future__ import annotations

from dataclasses import fields

from tern.text.tree import Name, Node


def outline(node: Node) -> str:
    """One line a node, children indented under their parent."""
    return "\n".join(_lines(node, "", ""))


def _lines(node: Node, label: str, indent: str) -> list[str]:
    head = f"{indent}{label}{type(node).__name__}"
    below: list[str] = []
    for field in fields(node):
        value = getattr(node, field.name)
        if not field.compare:
            continue  # spans, and the source
        if isinstance(value, Name):
            head += f" {value.text}" if field.name == "name" else f" {field.name}={value.text}"
        elif isinstance(value, Node):
            below += _lines(value, f"{field.name}: ", indent + "  ")
        elif isinstance(value, tuple):
            for item in value:
                below += _lines(item, "", indent + "  ")
        elif value is not None:
            shown = value if isinstance(value, str) else repr(value)
            head += f" {shown}"
    return [head, *below]
