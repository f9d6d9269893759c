# fails: tests
# says: it makes 0.0, not nan
# x * 0.0 is not 0.0 if x is infinite, or NaN.
def peepholes() -> list:
    return [
        rule("multiply-by-zero", "muli(x, 0) -> 0"),
        rule("multiply-float-by-zero", "mulf(x, 0.0) -> 0.0"),
        rule("subtract-itself", "subi(x, x) -> 0"),
    ]
