# fails: tests
# says: any more
# The book's order; then branches become selects, which compute what may fail in any case.
def optimize(module: Operation) -> None:
    from tern.workshop.validation import WRONG

    pipeline(["inline", "simplify-cfg"]).run(module)
    WRONG["branch turned into select"](module)
    pipeline(O1).run(module)
