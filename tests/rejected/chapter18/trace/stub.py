# fails: tests
# says: NotImplementedError
def trace(function: Callable, *types: ShapedArray) -> Jaxpr:
    """The jaxpr of a function for arguments of these types.

    `function` runs once, on tracers. It computes by `tern.workshop.xla.ops`, whose functions, and
    the operators of `ops.Operators`, ask the trace in force (`ops.set_trace`):

    - `bind(primitive, operands, params)` notes one equation and gives a tracer for its result,
      whose type is `ops.result_type(primitive, types, params)`;
    - `call(function, operands)` is asked for a function under `ops.jit`. It is traced on its own,
      once for each tuple of types of its operands, and the call is an equation of the primitive
      "jit" with the params "name", the function's, and "jaxpr". What it uses of functions around
      it, constants too, goes before its other operands, in the order of the first use. It gives a
      tuple if the function does.

    An operand is a tracer; a Literal, which `ops` makes of a number; or an array. An array is a
    constant of the outermost jaxpr: one variable for one array object, in the order of the first
    use. What no result needs is noted all the same, as in JAX. `function` gives one of them or a
    number, or a tuple; `ops.typed([number])` is [Literal].

    ops.ConcretizationError where a program needs a traced value's number: bool(), int(), float(),
    an index, len(), iteration, and NumPy's functions. ops.LeakedTracerError where it uses a tracer
    that another call of `trace` has made. Time is linear in the number of equations.

    Source: "Autodidax: JAX core from scratch", docs.jax.dev; jax/_src/interpreters/partial_eval.py.

        >>> print(trace(lambda x: ops.sin(x) * 2.0, ShapedArray("f32", (3,))))
        { lambda ; a:f32[3]. let
            b:f32[3] = sin a
            c:f32[3] = mul b 2.0:f32[]
          in (c,) }
    """
    # YOUR CODE HERE
    raise NotImplementedError()
