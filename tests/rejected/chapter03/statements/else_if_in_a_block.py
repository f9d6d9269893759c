# fails: tests
# says: difference: - expected, \+ got
# Puts an `else if` into a block of its own.
def parse_block(cursor: Cursor) -> tree.Block:
    return _block(cursor)


def _block(cursor: Cursor) -> tree.Block:
    opening = cursor.expect("{", "to begin a block").span
    cursor.enter()
    depth = cursor.depth
    statements: list[tree.Statement] = []
    while cursor.token.kind not in ("}", "end", "fn"):
        start = cursor.position
        try:
            statements.append(_statement(cursor))
        except Diagnostic as error:
            cursor.report(error)
            cursor.depth = depth
            recover(cursor, start)
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
    name = parse_name(cursor, "after `let`")
    cursor.expect("=", f"and the first value of `{name.text}`")
    value = parse_expression(cursor)
    cursor.expect(";", "after the value")
    return tree.Let(name, value, span=cursor.span_from(start))


def _assign(cursor: Cursor) -> tree.Assign:
    name = parse_name(cursor, "to assign to")
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
        otherwise = tree.Block((_if(cursor),)) if cursor.token.kind == "if" else _block(cursor)
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
    name = parse_name(cursor, "for the loop's variable")
    cursor.expect("in", "and a range")
    first = parse_expression(cursor)
    cursor.expect("..", "and the end of the range")
    stop = parse_expression(cursor)
    body = _block(cursor)
    cursor.depth -= 1
    return tree.For(name, first, stop, body, span=cursor.span_from(start))
