"""Tokens to a syntax tree, by recursive descent: one function for each rule of the grammar.

    module     = function*
    function   = "fn" name "(" [parameter ("," parameter)*] ")" "->" type block
    parameter  = name ":" type
    type       = name ["[" size ("," size)* "]"]            size = integer | name
    block      = "{" statement* "}"
    statement  = "let" name "=" expression ";"
               | name "=" expression ";"
               | "return" expression ";"
               | "if" expression block ["else" (block | if)]
               | "while" expression block
               | "for" name "in" expression ".." expression block
    expression = see tern.text.expressions

A list in parentheses or brackets may end with a comma.

After an error the parser looks for the place where the next statement or function begins and
goes on from there ("panic mode": Aho, Lam, Sethi and Ullman, 2nd ed., section 4.1.4), so that
one run reports all the mistakes of a file.
"""

from __future__ import annotations

from tern.parts import part
from tern.text import tree
from tern.text.cursor import Cursor, describe
from tern.text.diagnostics import Diagnostic, Note, Source, TooManyErrors
from tern.text.diagnostics import as_source, combined
from tern.text.expressions import integer_value, parse_expression

_STATEMENT_STARTS = frozenset(["let", "return", "if", "while", "for"])


# --- functions --------------------------------------------------------------------------------


def _function(cursor: Cursor) -> tree.Function:
    cursor.depth = 0
    start = cursor.token.span.start
    cursor.expect("fn", "to begin a function")
    name = _name(cursor, "for the function")
    cursor.expect("(", "before the parameters")
    parameters: list[tree.Parameter] = []
    while cursor.token.kind != ")":
        parameters.append(_parameter(cursor))
        if cursor.accept(",") is None:
            break
    cursor.expect(")", "to close the parameters")
    cursor.expect("->", "and the type of the result")
    result = _type(cursor)
    body = _block(cursor)
    return tree.Function(name, tuple(parameters), result, body, span=cursor.span_from(start))


def _parameter(cursor: Cursor) -> tree.Parameter:
    name = _name(cursor, "for the parameter")
    cursor.expect(":", "and a type")
    type_name = _type(cursor)
    return tree.Parameter(name, type_name, span=cursor.span_from(name.span.start))


def _type(cursor: Cursor) -> tree.TypeName:
    if cursor.token.kind != "name":
        raise cursor.expected("a type")
    element = cursor.advance()
    shape: list[tree.Size] = []
    if cursor.accept("["):
        shape.append(_size(cursor))
        while cursor.accept(",") and cursor.token.kind != "]":
            shape.append(_size(cursor))
        cursor.expect("]", "to close the shape")
    span = cursor.span_from(element.span.start)
    return tree.TypeName(element.text, tuple(shape), span=span)


def _size(cursor: Cursor) -> tree.Size:
    token = cursor.token
    if token.kind == "name":
        cursor.advance()
        return tree.Size(token.text, span=token.span)
    if token.kind == "integer":
        cursor.advance()
        return tree.Size(integer_value(cursor, token.text, token.span), span=token.span)
    raise cursor.expected("a size (a number or a name)")


def _name(cursor: Cursor, context: str) -> tree.Name:
    token = cursor.expect("name", context)
    return tree.Name(token.text, span=token.span)


# --- statements -------------------------------------------------------------------------------


def _block(cursor: Cursor) -> tree.Block:
    opening = cursor.expect("{", "to begin a block").span
    cursor.enter()
    depth = cursor.depth
    statements: list[tree.Statement] = []
    while cursor.token.kind not in ("}", "end", "fn"):
        position = cursor.position
        try:
            statements.append(_statement(cursor))
        except Diagnostic as error:
            cursor.report(error)
            cursor.depth = depth
            skip_to_statement(cursor, position)
    if cursor.token.kind != "}":
        message = f"expected `}}`, found {describe(cursor.token)}"
        raise cursor.error(message, notes=[Note("the block begins here", opening)])
    cursor.advance()
    cursor.depth -= 1
    return tree.Block(tuple(statements), span=cursor.span_from(opening.start))


def _statement(cursor: Cursor) -> tree.Statement:
    match cursor.token.kind:
        case "let":
            return _let(cursor)
        case "name":
            return _assign(cursor)
        case "return":
            return _return(cursor)
        case "if":
            return _if(cursor)
        case "while":
            return _while(cursor)
        case "for":
            return _for(cursor)
    raise cursor.expected("a statement")


def _let(cursor: Cursor) -> tree.Let:
    start = cursor.advance().span.start
    name = _name(cursor, "after `let`")
    cursor.expect("=", f"and the first value of `{name.text}`")
    value = parse_expression(cursor)
    cursor.expect(";", "after the value")
    return tree.Let(name, value, span=cursor.span_from(start))


def _assign(cursor: Cursor) -> tree.Assign:
    name = _name(cursor, "to assign to")
    if cursor.token.kind == "(":
        raise cursor.error(
            "a call alone does nothing: functions only return values",
            name.span,
            notes=[f"give the value a name: `let result = {name.text}(...);`"],
        )
    if cursor.token.kind in ("+", "-", "*", "/") and cursor.following().kind == "=":
        sign = cursor.token.kind
        raise cursor.error(
            f"tern has no `{sign}=`", notes=[f"write `{name.text} = {name.text} {sign} ...`"]
        )
    cursor.expect("=", f"and a new value of `{name.text}`")
    value = parse_expression(cursor)
    cursor.expect(";", "after the value")
    return tree.Assign(name, value, span=cursor.span_from(name.span.start))


def _return(cursor: Cursor) -> tree.Return:
    start = cursor.advance().span.start
    value = parse_expression(cursor)
    cursor.expect(";", "after the value")
    return tree.Return(value, span=cursor.span_from(start))


def _if(cursor: Cursor) -> tree.If:
    start = cursor.advance().span.start
    cursor.enter()
    condition = parse_expression(cursor)
    then = _block(cursor)
    otherwise: tree.Block | tree.If | None = None
    if cursor.accept("else"):
        cursor.enter()
        otherwise = _if(cursor) if cursor.token.kind == "if" else _block(cursor)
        cursor.depth -= 1
    cursor.depth -= 1
    return tree.If(condition, then, otherwise, span=cursor.span_from(start))


def _while(cursor: Cursor) -> tree.While:
    start = cursor.advance().span.start
    cursor.enter()
    condition = parse_expression(cursor)
    body = _block(cursor)
    cursor.depth -= 1
    return tree.While(condition, body, span=cursor.span_from(start))


def _for(cursor: Cursor) -> tree.For:
    start = cursor.advance().span.start
    cursor.enter()
    name = _name(cursor, "for the loop's variable")
    cursor.expect("in", "and a range")
    first = parse_expression(cursor)
    cursor.expect("..", "and the end of the range")
    stop = parse_expression(cursor)
    body = _block(cursor)
    cursor.depth -= 1
    return tree.For(name, first, stop, body, span=cursor.span_from(start))


# --- after an error ---------------------------------------------------------------------------


def skip_to_statement(cursor: Cursor, position: int) -> None:
    """Step to where the next statement may begin; `position` is where the broken one began.

    That is after a `;`, after a whole `{ ... }`, or before a word that only a statement
    starts with. It never leaves the enclosing block, and always makes progress.
    """
    if cursor.position == position:
        skip_one(cursor)
    while cursor.token.kind not in ("end", "}", "fn"):
        if cursor.token.kind in _STATEMENT_STARTS:
            return
        if skip_one(cursor) in (";", "{"):
            return


def skip_one(cursor: Cursor) -> str:
    """Step over one token, or over all of `{ ... }`; the kind of the first one."""
    kind = cursor.advance().kind
    open_braces = 1 if kind == "{" else 0
    while open_braces and cursor.token.kind not in ("end", "fn"):
        step = cursor.advance().kind
        open_braces += (step == "{") - (step == "}")
    return kind


def skip_to_function(cursor: Cursor) -> None:
    """Step to the next `fn`, or to the end."""
    cursor.advance()
    while cursor.token.kind not in ("fn", "end"):
        cursor.advance()


# --- the whole --------------------------------------------------------------------------------


@part(
    "text.parse",
    helpers=(
        _function,
        _parameter,
        _type,
        _size,
        _name,
        _block,
        _statement,
        _let,
        _assign,
        _return,
        _if,
        _while,
        _for,
        skip_to_statement,
        skip_one,
        skip_to_function,
    ),
)
def parse(source: str | Source) -> tree.Module:
    """The syntax tree of a source text. O(length).

    Raises:
        Diagnostic: the text is not a program of tern. Errors in several statements are
            reported together.
    """
    source = as_source(source)
    cursor = Cursor(source)
    functions: list[tree.Function] = []
    try:
        while cursor.token.kind != "end":
            try:
                functions.append(_function(cursor))
            except Diagnostic as error:
                cursor.report(error)
                skip_to_function(cursor)
    except TooManyErrors:
        pass
    if cursor.errors:
        raise combined(cursor.errors)
    return tree.Module(tuple(functions), span=cursor.span_from(0), source=source)
