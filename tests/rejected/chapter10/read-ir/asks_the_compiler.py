# fails: tests
# says: .
# Takes the book's.
from tern.workshop.llvm import verdict as book


def verdict(ir, arguments):
    return book.verdict(ir, arguments)
