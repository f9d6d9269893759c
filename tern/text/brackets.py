"""The text of what has brackets: lists and subscripts."""

from __future__ import annotations

from collections.abc import Callable

from tern.text import tree


def show_bracketed(node: object, show: Callable[[tree.Expression], str]) -> str:
    """The text of a list, a subscript, or a slice; `show` is for the expressions in it.

    Raises TypeError if it is no expression at all.
    """
    match node:
        case tree.List(items):
            return f"[{', '.join(map(show, items))}]"
        case tree.Subscript(tensor, indices):
            inside = ", ".join(
                show_bracketed(i, show) if isinstance(i, tree.Slice) else show(i) for i in indices
            )
            return f"{tensor.text}[{inside}]"
        case tree.Slice(start, stop):
            return ":".join("" if end is None else show(end) for end in (start, stop))
    raise TypeError(f"not an expression: {node!r}")
