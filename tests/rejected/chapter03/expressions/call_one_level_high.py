# fails: tests
# says: A call is 2 higher|A call without arguments is 2 high
# Counts a call as one level of the tree.
def parse_expression(cursor: Cursor) -> Expression:
    return _expression(cursor, 1)


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
    cursor.height = 1
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
    cursor.height = height + 1
    span = cursor.span_from(function.span.start)
    return Call(function, tuple(arguments), tuple(keywords), span=span)
