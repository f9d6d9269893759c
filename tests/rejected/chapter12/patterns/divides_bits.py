# fails: tests
# says: i1
# x / 1 is x, except for a single bit: read as signed, its 1 is -1.
def patterns() -> list:
    return [
        rule("add-zero", "addi(x, 0) -> x"),
        rule("divide-by-one", "divsi(x, 1) -> x"),
    ]
