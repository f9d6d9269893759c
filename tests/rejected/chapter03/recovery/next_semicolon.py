# fails: tests
# says: braces belong to the broken statement
# The first `;`, wherever it stands.
def recover(cursor, start):
    while cursor.token.kind not in ("end", "fn"):
        if cursor.advance().kind == ";":
            return
