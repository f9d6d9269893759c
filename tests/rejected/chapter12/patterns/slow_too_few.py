# fails: speed
# says: operations left
# All of them are true, and none of them meets another.
def peepholes() -> list:
    return [
        rule("add-zero", "addi(x, 0) -> x"),
        rule("subtract-zero", "subi(x, 0) -> x"),
        rule("subtract-itself", "subi(x, x) -> 0"),
        rule("negate-twice", "negf(negf(x)) -> x"),
        rule("add-minus-zero", "addf(x, -0.0) -> x"),
    ]
