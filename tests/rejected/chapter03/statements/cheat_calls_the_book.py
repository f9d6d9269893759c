# fails: tests
# says: switched off while yours is checked
import tern.text.statements


def parse_block(cursor):
    return tern.text.statements._block(cursor)
