# fails: tests
# says: NotImplementedError
def narrow(module: Module) -> Module:
    """The same module without the elements that nobody reads.

    A slice keeps some elements of an array, and XLA computes all of them first, unless it's a slice
    of a parameter, of another slice, or of one operand of a concatenate. Here the entry computes
    each array only where the result depends on it: a slice of exp(x) is the exp of a slice of x, a
    few rows of a product are a product of a few rows. Instructions that aren't known to narrow
    (`regions.can_narrow`) stay as they are.

    Each element that's left is computed by the same operations, of the same numbers: nothing is
    assumed of NaN or infinity. XLA may still round it otherwise, because it sums in an order that
    depends on the shape, and turns x * 1.5 * 1.5 into x * 2.25 where nobody else reads x * 1.5.

    What counts is what's left when XLA has compiled it: FLOP and transcendentals. There are never
    more than without. Two boxes of one array stay two where their hull holds more than both.

    Time is linear in the instructions and the boxes. Source of the idea: bounds inference, in
    Ragan-Kelley et al., "Halide", PLDI 2013, section 4.2.

        >>> from tern.workshop.xla.hlo_text import read_module
        >>> print(
        ...     narrow(
        ...         read_module('''HloModule m
        ... ENTRY e {
        ...   x = f32[100] parameter(0)
        ...   y = f32[100] exponential(x)
        ...   ROOT z = f32[3] slice(y), slice={[97:100]}
        ... }''')
        ...     ).entry
        ... )
        e {
          x = f32[100] parameter(0)
          x.piece = f32[3] slice(x), slice={[97:100]}
          ROOT y = f32[3] exponential(x.piece)
        }
    """
    # YOUR CODE HERE
    raise NotImplementedError()
