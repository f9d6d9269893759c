"""Short cuts that an exercise forbids: `A @ B` where the reader is to write the loops.

Looked for twice. In the text, where operators, names and attributes are compared, and whatever
could spell a name at run time (`eval`, `getattr`, …) is no way around. And while it runs: in the
worker NumPy's functions of these names are gone, so that Numba cannot compile a call of them
either.
"""

from __future__ import annotations

import ast
from typing import Any

INDIRECT = frozenset(
    "eval exec compile getattr globals vars locals __import__ importlib operator ctypes".split()
)


def found(source: str, forbidden: tuple[str, ...]) -> str | None:
    """The first forbidden short cut in `source`, in words with its line; None if there is none.

    `forbidden` holds names such as "dot", and "@" for the operator. Text that does not parse has
    none.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    names = (frozenset(forbidden) | INDIRECT) if forbidden else frozenset()
    for node in ast.walk(tree):
        for spelled in _spellings(node):
            if not names.isdisjoint([spelled, *spelled.strip("_").split(".")]):
                line = getattr(node, "lineno", 0)
                return f"`{spelled}` (line {line}) is a short cut that this exercise forbids"
    return None


def _spellings(node: ast.AST) -> list[str]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.MatMult):
        return ["@"]
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.alias):
        return [node.name]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


def take_away(forbidden: tuple[str, ...]) -> None:
    """Make NumPy's functions of these names raise, for this process."""
    if not forbidden:
        return
    import numpy

    for module in (numpy, numpy.linalg):
        for name in forbidden:
            if hasattr(module, name):
                setattr(module, name, _forbidden(name))


def _forbidden(name: str) -> Any:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(f"numpy.{name} is a short cut that this exercise forbids")

    return refuse
