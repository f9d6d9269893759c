# fails: speed
# says: operations left
# Rules for the types that the programs have, as they are printed.
def peepholes() -> list:
    return [
        rule("add-zero", "addi(x: i32, 0) -> x"),
        rule("subtract-zero", "subi(x: i32, 0) -> x"),
        rule("multiply-by-one", "muli(x: i32, 1) -> x"),
        rule("shift-by-zero", "shli(x: i32, 0) -> x"),
        rule("subtract-itself", "subi(x: i32, x) -> 0"),
        rule("and-itself", "andi(x: i32, x) -> x"),
        rule("xor-back", "xori(xori(x: i32, y), y) -> x"),
        rule("choose-same", "select(_, x: i32, x) -> x"),
        rule("add-minus-zero", "addf(x: f32, -0.0) -> x"),
        rule("multiply-float-by-one", "mulf(x: f32, 1.0) -> x"),
        rule("divide-float-by-one", "divf(x: f32, 1.0) -> x"),
        rule("negate-twice", "negf(negf(x: f32)) -> x"),
        rule("absolute-negated", "absf(negf(x: f32)) -> absf(x)"),
        rule("widen-and-narrow", "truncf(extf(x: f32)): f32 -> x"),
    ]
