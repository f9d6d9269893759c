# fails: tests
# says: each starts with cursor.depth at 0
# The depth of a function without an end stays for those behind it.
def parse(source: str | Source) -> tree.Module:
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


def _function(cursor: Cursor) -> tree.Function:
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


def _skip_to_function(cursor: Cursor) -> None:
    """Step to the next `fn`, or to the end."""
    while cursor.token.kind not in ("fn", "end"):
        cursor.advance()
