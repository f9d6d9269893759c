# fails: tests
# says: divide-by-one is false
# x / 1 is x, except for a single bit: read as signed, its 1 is -1.
def peepholes() -> list:
    return [
        rule("add-zero", "addi(x, 0) -> x"),
        rule("divide-by-one", "divsi(x, 1) -> x"),
    ]
