# fails: tests
# says: count them in a loop
# Right, but one call for each open brace.
def recover(cursor: Cursor, start: int) -> None:
    while cursor.token.kind not in ("}", "fn", "end"):
        if cursor.position != start and cursor.token.kind in STATEMENT_STARTS:
            return
        if cursor.token.kind == "{":
            return braces(cursor)
        if cursor.advance().kind == ";":
            return


def braces(cursor: Cursor) -> None:
    cursor.advance()
    while cursor.token.kind not in ("}", "fn", "end"):
        if cursor.token.kind == "{":
            braces(cursor)
        else:
            cursor.advance()
    cursor.accept("}")
