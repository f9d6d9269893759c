# fails: tests
# says: NotImplementedError
def fuse(computation: Computation) -> list[list[str]]:
    """Kernels for a computation: lists of names of instructions, in the order in which they run.

    The rules are those of `kernels.mistake`: everything the result needs is computed, from what is
    in memory by then; a dot or a convolution has a kernel for itself; a kernel writes arrays of one
    shape; what's expensive is computed once. What's cheap may be in several kernels.

    What counts is `kernels.bytes_accessed`. Each kernel reads each array that it needs once, and
    each array is written once, if another kernel or the result needs it.

    Sources: XLA's instruction fusion (xla/service/instruction_fusion.cc) and multi-output fusion
    (xla/service/multi_output_fusion.cc). The best choice is NP-hard in general (Kennedy and
    McKinley, "Typed fusion with applications to parallel and sequential code generation", 1993), so
    this climbs a hill: it begins with a kernel for each instruction, and takes a step that costs
    nothing, or saves bytes, until there is none. The steps: an array isn't written any more, and
    whoever reads it computes it; two kernels become one. O(n**3) for n instructions at worst.

        >>> from tern.workshop.xla.hlo_text import read_module
        >>> module = read_module('''HloModule m
        ... ENTRY e {
        ...   x = f32[8] parameter(0)
        ...   y = f32[8] negate(x)
        ...   ROOT z = f32[8] exponential(y)
        ... }''')
        >>> fuse(module.entry)
        [['y', 'z']]
    """
    # YOUR CODE HERE
    raise NotImplementedError()
