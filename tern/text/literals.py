"""What an expression begins with: a name, with its subscript, a number, a truth value, a list.

A list and a subscript have expressions in them, which the parser in use reads: the part
`text.parse_expression`, which calls what stands here in its turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.parts import get
from tern.shapes.sizes import total
from tern.text.cursor import Cursor
from tern.text.diagnostics import Span
from tern.text.tree import (
    Boolean,
    Expression,
    Float,
    Integer,
    List,
    Name,
    Size,
    Slice,
    Subscript,
)

Leaf = Name | Integer | Float | Boolean | List | Subscript


def parse_size(cursor: Cursor) -> Size:
    """The size of a shape at the cursor, a number or a name, which the cursor steps over.

    Where the source has brackets, a sum of sizes is one, too: `n + m + 2`.

    Raises:
        Diagnostic: there is no size here.
    """
    start = cursor.token.span.start
    sizes = [_one_size(cursor)]
    while cursor.source.brackets and cursor.accept("+"):
        sizes.append(_one_size(cursor))
    value = sizes[0] if len(sizes) == 1 else total(sizes)
    assert value is not None
    return Size(value, span=cursor.span_from(start))


def _one_size(cursor: Cursor) -> int | str:
    token = cursor.token
    if token.kind == "name":
        cursor.advance()
        return token.text
    if token.kind == "integer":
        cursor.advance()
        return integer_value(cursor, token.text, token.span)
    raise cursor.expected("a size (a number or a name)")


def parse_leaf(cursor: Cursor) -> Leaf | None:
    """The name, number, or truth value at the cursor, stepping over it; None at anything else.

    Where the source has brackets, a list is a leaf as well, and a name with its subscript.
    `cursor.height` is then the height of what was read: 1, and of what has brackets 2 more than
    that of the highest expression in them.

    Raises:
        Diagnostic: a number that is too large for its type; an error inside of brackets.
    """
    token = cursor.token
    cursor.height = 1
    match token.kind:
        case "name":
            cursor.advance()
            name = Name(token.text, span=token.span)
            subscripted = cursor.source.brackets and cursor.token.kind == "["
            return _subscript(cursor, name) if subscripted else name
        case "[" if cursor.source.brackets:
            items = _bracketed(cursor, parse_inner, "to close the list")
            return List(tuple(items), span=cursor.span_from(token.span.start))
        case "integer":
            cursor.advance()
            return Integer(integer_value(cursor, token.text, token.span), span=token.span)
        case "float":
            cursor.advance()
            value = float(token.text)
            if value == float("inf"):
                raise cursor.error("the number does not fit in an f64", token.span)
            return Float(value, span=token.span)
        case "true" | "false":
            cursor.advance()
            return Boolean(token.kind == "true", span=token.span)
    return None


def parse_name(cursor: Cursor, context: str) -> Name:
    """The name at the cursor, stepping over it.

    Raises:
        Diagnostic: it is something else. `context` says what the name is needed for.
    """
    token = cursor.expect("name", context)
    return Name(token.text, span=token.span)


def integer_value(cursor: Cursor, digits: str, span: Span) -> int:
    """The number that `digits` spell, which must fit in 64 bits."""
    digits = digits.lstrip("0") or "0"
    # Python refuses to convert thousands of digits, and no type of ours could hold 20.
    if len(digits) > 19:
        raise cursor.error("the number does not fit in an i64", span)
    return int(digits)


def parse_inner(cursor: Cursor) -> Expression:
    return get("text.parse_expression")(cursor)


def _subscript(cursor: Cursor, name: Name) -> Subscript:
    indices = _bracketed(cursor, _index, "to close the subscript")
    if cursor.token.kind in ("[", "("):
        raise cursor.error("only a name can be subscripted", notes=["name it first, with `let`"])
    return Subscript(name, tuple(indices), span=cursor.span_from(name.span.start))


def _index(cursor: Cursor) -> Expression | Slice:
    """`i`, `start:stop`, `start:`, `:stop`, or `:`."""
    start = cursor.token.span.start
    first = parse_inner(cursor) if cursor.token.kind != ":" else None
    if cursor.accept(":") is None and first is not None:
        return first
    height = cursor.height
    stop = parse_inner(cursor) if cursor.token.kind not in (",", "]") else None
    cursor.height = max(height, cursor.height)
    return Slice(first, stop, span=cursor.span_from(start))


def _bracketed(cursor: Cursor, parse_item: Callable[[Cursor], Any], context: str) -> list[Any]:
    """`[item, ...]`, from the bracket on; a comma may stand after the last item."""
    cursor.enter()
    cursor.advance()
    items, height = [], 0
    while cursor.token.kind != "]":
        cursor.height = 0  # of `:`, which holds no expression
        items.append(parse_item(cursor))
        height = max(height, cursor.height)
        if cursor.accept(",") is None:
            break
    cursor.expect("]", context)
    cursor.depth -= 1
    cursor.height = height + 2
    return items
