# fails: tests
# says: RecursionError
# Right, but a parenthesis costs a dozen frames.
LEVELS = [["or"], ["and"], ["not"], sorted(COMPARISONS), ["+", "-"], ["*", "/", "%", "@"], ["-"]]


def parse_expression(cursor):
    cursor.enter()
    tree = parse_or(cursor)
    cursor.depth -= 1
    return tree


def chain(cursor, operators, operand):
    start = cursor.token.span.start
    left = operand(cursor)
    height = cursor.height
    while cursor.token.kind in operators:
        operator = cursor.advance().kind
        right = operand(cursor)
        if operator in COMPARISONS and cursor.token.kind in COMPARISONS:
            raise cursor.error("comparisons do not chain")
        height = max(height, cursor.height) + 1
        cursor.check_depth(height)
        left = Binary(operator, left, right, span=cursor.span_from(start))
    cursor.height = height
    return left


def parse_or(cursor):
    return chain(cursor, ["or"], parse_and)


def parse_and(cursor):
    return chain(cursor, ["and"], parse_not)


def prefix(cursor, operator, again, operand):
    start = cursor.token.span.start
    if cursor.accept(operator):
        cursor.enter()
        inner = again(cursor)
        cursor.depth -= 1
        cursor.height += 1
        return Unary(operator, inner, span=cursor.span_from(start))
    return operand(cursor)


def parse_not(cursor):
    return prefix(cursor, "not", parse_not, parse_comparison)


def parse_comparison(cursor):
    return chain(cursor, COMPARISONS, parse_sum)


def parse_sum(cursor):
    return chain(cursor, ["+", "-"], parse_product)


def parse_product(cursor):
    return chain(cursor, ["*", "/", "%", "@"], parse_minus)


def parse_minus(cursor):
    return prefix(cursor, "-", parse_minus, parse_primary)


def parse_primary(cursor):
    start = cursor.token.span.start
    leaf = parse_leaf(cursor)
    if leaf is not None:
        if type(leaf) is Name and cursor.token.kind == "(":
            return parse_call(cursor, leaf)
        return leaf
    if cursor.accept("("):
        inner = parse_expression(cursor)
        cursor.expect(")", "to close the parenthesis")
        return inner
    raise cursor.expected("an expression")


def parse_call(cursor, function):
    cursor.enter()
    cursor.advance()
    arguments, keywords, height = [], [], 0
    while cursor.token.kind != ")":
        start = cursor.token.span.start
        if cursor.token.kind == "name" and cursor.following().kind == "=":
            name = parse_name(cursor, "")
            cursor.advance()
            value = parse_expression(cursor)
            keywords.append(Keyword(name, value, span=cursor.span_from(start)))
        else:
            arguments.append(parse_expression(cursor))
            if keywords:
                raise cursor.error("no name", cursor.span_from(start))
        height = max(height, cursor.height)
        if cursor.accept(",") is None:
            break
    cursor.expect(")", "to close the arguments")
    cursor.depth -= 1
    cursor.height = height + 2
    return Call(function, tuple(arguments), tuple(keywords), span=cursor.span_from(function.span.start))
