"""The leaves of a syntax tree: names, numbers, and truth values."""

from __future__ import annotations

from tern.text.cursor import Cursor
from tern.text.diagnostics import Span
from tern.text.tree import Boolean, Float, Integer, Name


def parse_leaf(cursor: Cursor) -> Name | Integer | Float | Boolean | None:
    """The name, number, or truth value at the cursor, stepping over it; None at anything else.

    Raises:
        Diagnostic: a number that is too large for its type.
    """
    token = cursor.token
    match token.kind:
        case "name":
            cursor.advance()
            return Name(token.text, span=token.span)
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
