# fails: tests
# says: collapse-twice is false
# Of two groupings the wrong one first, so that there is nothing at a place that it names.
def peepholes() -> list:
    return [
        rule("cast-nothing", "tensor.cast(x: T): T -> x"),
        rule(
            "collapse-twice",
            "tensor.collapse_shape[g](tensor.collapse_shape[h](x)): S"
            " -> tensor.collapse_shape[grouped(g, h)](x): S",
        ),
    ]
