# fails: tests
# says: NotImplementedError
def to_tern(func: Operation) -> Operation:
    """A function of StableHLO as one of tern's, of the same name.

    `func` is a func.func that `read_stablehlo` read, with one block; it is left as it is. Types
    become what `own_type` makes of them. Each operation becomes those that compute the same, which
    have its location: `Builder.location` is that of the operations it makes.

    Operations that have one of tern's for a counterpart are translated here: elementwise ones by
    ELEMENTWISE, which knows the name for a type of elements; func.return, func.call, constant,
    compare, select (whose condition may have rank 0), broadcast_in_dim, transpose, dot_general, and
    a reduce of one tensor by a body of one operation, which becomes linalg.reduce. What is none of
    these, or has no name for its type, `further` is asked for: a convolution, a convert, a reduce
    with a longer body.

    StableHloError, "stablehlo.cbrt has no form in tern": for what neither knows; its `location` is
    that of the operation. Time is linear in the number of operations.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
