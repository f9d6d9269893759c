"""Parsing expressions by precedence climbing.

Every operator has a *binding power*. `expression(cursor, minimum)` reads one operand and then
every operator that binds at least as tightly as `minimum`; the right operand of each is read
with a higher minimum, so that it takes only what binds tighter.

Source: Pratt, "Top Down Operator Precedence", POPL 1973; Richards and Whitby-Strevens, "BCPL:
the language and its compiler", 1979, for the loop with a minimum.
"""

from __future__ import annotations

from tern.parts import part
from tern.text.cursor import Cursor
from tern.text.literals import parse_leaf
from tern.text.tree import Binary, Call, Expression, Keyword, Name, Unary

COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">="])

NOT = 3
"""The binding power of `not`: looser than a comparison, as `not a == b` reads."""

MINUS = 7
"""The binding power of the unary minus: tighter than any other operator."""

COMPARISON = 4

BINDING_POWER: dict[str, int] = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(COMPARISONS, COMPARISON),
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
    "@": 6,
}


def _expression(cursor: Cursor, minimum: int) -> Expression:
    cursor.enter()
    start = cursor.token.span.start
    left = _operand(cursor, minimum)
    height = cursor.height
    while (power := BINDING_POWER.get(cursor.token.kind, 0)) >= minimum:
        operator = cursor.advance()
        right = _expression(cursor, power + 1)
        if power == COMPARISON and cursor.token.kind in COMPARISONS:
            raise cursor.error(
                "comparisons do not chain",
                notes=["join two comparisons: `a < b and b < c`"],
            )
        height = max(height, cursor.height) + 1
        cursor.check_depth(height)
        left = Binary(operator.kind, left, right, span=cursor.span_from(start))
    cursor.height = height
    cursor.depth -= 1
    return left


def _operand(cursor: Cursor, minimum: int) -> Expression:
    """What comes before any binary operator: a literal, a name, a call, `-x`, `(x)`."""
    token = cursor.token
    if (leaf := parse_leaf(cursor)) is not None:
        if token.kind == "name" and cursor.token.kind == "(":
            return _call(cursor, leaf)
        return leaf
    match token.kind:
        case "(":
            cursor.advance()
            inner = _expression(cursor, 1)
            cursor.expect(")", "to close the parenthesis")
            return inner
        case "-" | "not":
            power = MINUS if token.kind == "-" else NOT
            if power < minimum:
                raise cursor.error(
                    "`not` cannot stand here", notes=["put it in parentheses: `(not x)`"]
                )
            cursor.advance()
            operand = _expression(cursor, power)
            cursor.height += 1
            return Unary(token.kind, operand, span=cursor.span_from(token.span.start))
    raise cursor.expected("an expression")


def _call(cursor: Cursor, function: Name) -> Call:
    cursor.enter()
    cursor.advance()  # over the `(`
    arguments: list[Expression] = []
    keywords: list[Keyword] = []
    height = 0
    while cursor.token.kind != ")":
        start = cursor.token.span.start
        if cursor.token.kind == "name" and cursor.following().kind == "=":
            word = cursor.advance()
            cursor.advance()
            value = _expression(cursor, 1)
            keyword = Name(word.text, span=word.span)
            keywords.append(Keyword(keyword, value, span=cursor.span_from(start)))
        else:
            argument = _expression(cursor, 1)
            if keywords:
                raise cursor.error(
                    "an argument without a name after one with a name",
                    cursor.span_from(start),
                )
            arguments.append(argument)
        height = max(height, cursor.height)
        if cursor.accept(",") is None:
            break
    cursor.expect(")", "to close the arguments")
    cursor.depth -= 1
    cursor.height = height + 2  # one for the call, one for its list of arguments
    span = cursor.span_from(function.span.start)
    return Call(function, tuple(arguments), tuple(keywords), span=span)


@part("text.parse_expression", helpers=(_expression, _operand, _call))
def parse_expression(cursor: Cursor) -> Expression:
    """The expression that starts at the cursor, which moves to the first token after it.

    Every operator but a comparison takes its operands from the left: `a - b - c` is
    `(a - b) - c`. O(tokens).

    Raises:
        Diagnostic: there is no expression here, or it nests too deeply.
    """
    return _expression(cursor, 1)
