# fails: tests
# says: still running|step over the `1` in any case|A second|differs
# Stops at once if the statement began with a word.
def recover(cursor: Cursor, start: int) -> None:
    while cursor.token.kind not in ("}", "fn", "end"):
        if cursor.token.kind in STATEMENT_STARTS:
            return
        if _skip_one(cursor) in (";", "{"):
            return


def _skip_one(cursor: Cursor) -> str:
    """Step over one token, or over all of `{ ... }`; the kind of the first one."""
    kind = cursor.advance().kind
    open_braces = 1 if kind == "{" else 0
    while open_braces and cursor.token.kind not in ("end", "fn"):
        step = cursor.advance().kind
        open_braces += (step == "{") - (step == "}")
    return kind
