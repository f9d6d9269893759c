# fails: tests
# says: of -0.0
# x + 0.0 is not x if x is -0.0.
def peepholes() -> list:
    return [
        rule("add-zero", "addi(x, 0) -> x"),
        rule("add-float-zero", "addf(x, 0.0) -> x"),
        rule("multiply-by-one", "muli(x, 1) -> x"),
    ]
