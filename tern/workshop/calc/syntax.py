"""Trees: read by tern's own lexer and parser, which are the subject of weeks 2 and 3."""

from __future__ import annotations

from collections.abc import Iterator

from tern.text import tree as syntax
from tern.text.cursor import Cursor
from tern.text.diagnostics import Diagnostic, Source, as_source
from tern.text.expressions import parse_expression

Tree = float | str | tuple

OPERATIONS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
SIGNS = {name: sign for sign, name in OPERATIONS.items()}
POWER = {"add": 1, "sub": 1, "mul": 2, "div": 2, "neg": 3}  # how tightly each one binds


def parse(text: str) -> Tree:
    """The tree of an expression of numbers, names, + - * /, and parentheses.

    Raises:
        Diagnostic: the text is something else, or nested some hundred levels deep.
    """
    source = as_source(text)
    cursor = Cursor(source)
    found = parse_expression(cursor)
    if cursor.token.kind != "end":
        raise cursor.expected("an operator, or the end")
    return _convert(found, source)


def _convert(node: syntax.Expression, source: Source) -> Tree:
    match node:
        case syntax.Integer() | syntax.Float():
            return float(node.value)
        case syntax.Name():
            return node.text
        case syntax.Unary("-"):
            return ("neg", _convert(node.operand, source))
        case syntax.Binary() if node.operator in OPERATIONS:
            left, right = _convert(node.left, source), _convert(node.right, source)
            return (OPERATIONS[node.operator], left, right)
    what = getattr(node, "operator", "this")
    raise Diagnostic(f"the calculator has no `{what}`", node.span, source)


def show(tree: Tree) -> str:
    """The tree as text, with the parentheses that it needs: `parse` gives it back.

    (Except that a negative number is shown with a sign, which `parse` reads as a negation, and
    that infinity and NaN have no text of their own.)
    """
    return _shown(tree, 0)


def _shown(tree: Tree, around: int) -> str:
    if not isinstance(tree, tuple):
        return f"{tree:g}" if isinstance(tree, float) and float(f"{tree:g}") == tree else str(tree)
    name, *operands = tree
    power = POWER[name]
    if name == "neg":
        text = f"-{_shown(operands[0], power)}"
    else:
        left, right = operands
        text = f"{_shown(left, power)} {SIGNS[name]} {_shown(right, power + 1)}"
    return f"({text})" if power < around else text


def nodes(tree: Tree) -> Iterator[Tree]:
    """All trees inside a tree, itself first, operands from left to right. No recursion."""
    work = [tree]
    while work:
        node = work.pop()
        yield node
        if isinstance(node, tuple):
            work.extend(reversed(node[1:]))


def size(tree: Tree) -> int:
    """How many numbers, names, and operations a tree has."""
    return sum(1 for _ in nodes(tree))


def variables(tree: Tree) -> list[str]:
    """The names in a tree, each once, in the order in which they first appear."""
    return list(dict.fromkeys(node for node in nodes(tree) if isinstance(node, str)))
