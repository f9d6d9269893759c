# fails: speed
# says: bar 2.5|still running
# For each place that might be a brace's end, counts all braces before it.
def recover(cursor, start):
    while cursor.token.kind not in ("}", "fn", "end"):
        if cursor.position != start and cursor.token.kind in STATEMENT_STARTS:
            return
        kind = cursor.token.kind
        last = matching(cursor.tokens, cursor.position) if kind == "{" else cursor.position
        while cursor.position <= last and cursor.token.kind not in ("fn", "end"):
            cursor.advance()
        if kind in (";", "{"):
            return


def matching(tokens, position):
    """The position of the brace that closes the one at `position`: looks for each inner one, too."""
    at = position + 1
    while tokens[at].kind not in ("}", "fn", "end"):
        at = matching_flat(tokens, at) + 1 if tokens[at].kind == "{" else at + 1
    return at


def matching_flat(tokens, position):
    """The same by counting from the brace for every place that might be its end."""
    end = position + 1
    while tokens[end].kind not in ("fn", "end"):
        if tokens[end].kind == "}":
            inside = [token.kind for token in tokens[position : end + 1]]
            if inside.count("{") == inside.count("}"):
                return end
        end += 1
    return end - 1
