# fails: tests
# says: switched off while yours is checked
from tern.text import expressions


def parse_expression(cursor):
    return expressions._expression(cursor, 1)
