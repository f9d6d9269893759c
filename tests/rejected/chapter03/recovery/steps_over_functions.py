# fails: tests
# says: `fn` ends everything|differs
# An open brace runs to the end of the text.
def recover(cursor: Cursor, start: int) -> None:
    while cursor.token.kind not in ("}", "fn", "end"):
        if cursor.position != start and cursor.token.kind in STATEMENT_STARTS:
            return
        if _skip_one(cursor) in (";", "{"):
            return


def _skip_one(cursor: Cursor) -> str:
    """Step over one token, or over all of `{ ... }`; the kind of the first one."""
    kind = cursor.advance().kind
    open_braces = 1 if kind == "{" else 0
    while open_braces and cursor.token.kind != "end":
        step = cursor.advance().kind
        open_braces += (step == "{") - (step == "}")
    return kind
