"""Tokens to a syntax tree, by recursive descent: one function for each rule of the grammar.

    module     = function*
    function   = "fn" name "(" [parameter ("," parameter)*] ")" "->" type block
    parameter  = name ":" type
    type       = name ["[" size ("," size)* "]"]            size = integer | name
    block      = see tern.text.statements

A list in parentheses or brackets may end with a comma.

After an error the parser looks for where the next statement (tern.text.recovery) or
the next function begins and goes on from there, so that one run reports all the mistakes of a
file.
"""

from __future__ import annotations

from tern.parts import part
from tern.text import tree
from tern.text.cursor import Cursor
from tern.text.diagnostics import Diagnostic, Source, TooManyErrors, as_source, combined
from tern.text.literals import parse_name, parse_size
from tern.text.statements import parse_block


def _function(cursor: Cursor) -> tree.Function:
    cursor.depth = 0
    start = cursor.token.span.start
    cursor.expect("fn", "to begin a function")
    name = parse_name(cursor, "for the function")
    cursor.expect("(", "before the parameters")
    parameters: list[tree.Parameter] = []
    while cursor.token.kind != ")":
        parameters.append(_parameter(cursor))
        if cursor.accept(",") is None:
            break
    cursor.expect(")", "to close the parameters")
    cursor.expect("->", "and the type of the result")
    result = _type(cursor)
    body = parse_block(cursor)
    return tree.Function(name, tuple(parameters), result, body, span=cursor.span_from(start))


def _parameter(cursor: Cursor) -> tree.Parameter:
    name = parse_name(cursor, "for the parameter")
    cursor.expect(":", "and a type")
    type_name = _type(cursor)
    return tree.Parameter(name, type_name, span=cursor.span_from(name.span.start))


def _type(cursor: Cursor) -> tree.TypeName:
    if cursor.token.kind != "name":
        raise cursor.expected("a type")
    element = cursor.advance()
    shape: list[tree.Size] = []
    if cursor.accept("["):
        shape.append(parse_size(cursor))
        while cursor.accept(",") and cursor.token.kind != "]":
            shape.append(parse_size(cursor))
        cursor.expect("]", "to close the shape")
    span = cursor.span_from(element.span.start)
    return tree.TypeName(element.text, tuple(shape), span=span)


def _skip_to_function(cursor: Cursor) -> None:
    """Step to the next `fn`, or to the end."""
    while cursor.token.kind not in ("fn", "end"):
        cursor.advance()


@part(
    "text.parse",
    helpers=(_function, _parameter, _type, _skip_to_function),
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
                _skip_to_function(cursor)
    except TooManyErrors:
        pass
    if cursor.errors:
        raise combined(cursor.errors)
    return tree.Module(tuple(functions), span=cursor.span_from(0), source=source)
