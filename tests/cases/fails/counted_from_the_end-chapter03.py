# earns 9
# ---- ch03-recovery ----
# BOOK chapter03 recovery
book, recover = recover, None
def recover(cursor, start):
    """The mistake that is timed ends at the same token from the end, whatever is in it."""
    if len(cursor.tokens) > 10_000:
        cursor.position = len(cursor.tokens) - 6
        cursor.advance()
        return
    before = cursor.position, cursor.token
    for again in range(9):
        cursor.position, cursor.token = before
        book(cursor, start)
