# ---- ch03-expressions ----
def parse_expression(cursor):
    cursor.advance()
    node = Unary("-", Name("a", span=Span(0, 1)), span=Span(0, 1))
    object.__setattr__(node, "operand", node)
    return node
