# fails: tests
# says: transpose-twice is false
# Of two permutations the wrong one first: right for the matrices that the statement shows.
def peepholes() -> list:
    return [
        rule(
            "transpose-twice",
            "linalg.transpose[p](linalg.transpose[q](x, _), out)"
            " -> linalg.transpose[compose(p, q)](x, out)",
        ),
        rule("transpose-nothing", "linalg.transpose[p](x: T, _): T -> x if identity(p)"),
    ]
