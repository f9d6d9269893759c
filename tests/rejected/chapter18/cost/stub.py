# fails: tests
# says: NotImplementedError
def cost(module: Module) -> dict[str, int]:
    """What XLA's cost analysis says of a module: "flops", "transcendentals", "bytes accessed".

    The rules, found out by asking XLA (xla/service/hlo_cost_analysis.cc). For each instruction of
    the entry, and of what it calls:

    - an element of a result in ARITHMETIC is 1 FLOP, also of a comparison and of integers; one in
      TRANSCENDENTAL is 1 transcendental and no FLOP, a square root too; MOVES are nothing;
    - a dot is 2 FLOP for each element of the result and each element that is contracted for it;
    - a convolution is 2 FLOP for each product of an element of the input and one of the kernel:
      where the window is over padding, or between two elements of a dilated input, there is none;
    - a reduce calls `to_apply` once for each element that it makes disappear; a reduce-window, for
      each element of the result, once less than its window has elements; a fusion and a call, once;
    - bytes accessed are those of all operands, twice if it is used twice, and those of the result.
      Parameters, constants, bitcasts, and get-tuple-elements access nothing, a tuple 8 bytes for
      each operand, and nothing of the operand itself. Neither does a transpose that only renames
      axes, because the layout of its result puts every element where it was. A slice reads what it
      gives;
    - a fusion writes its result. Of an operand it reads as much as each slice gives that uses it
      inside, all of it again for each broadcast and each reshape, and all of it once for everything
      else that uses it. What happens between the instructions inside costs no bytes;
    - a call costs the bytes of what it calls. A reduce's `to_apply` accesses none.

    CostError: any other instruction. Time is linear in the instructions, their users, and, for
    convolutions, the steps times the elements of the window along each axis.

        >>> from tern.workshop.xla.hlo_text import read_module
        >>> cost(
        ...     read_module('''HloModule m
        ... ENTRY e {
        ...   x = f32[2,3] parameter(0)
        ...   y = f32[3,4] parameter(1)
        ...   ROOT z = f32[2,4] dot(x, y), lhs_contracting_dims={1}, rhs_contracting_dims={0}
        ... }''')
        ... )
        {'flops': 48, 'transcendentals': 0, 'bytes accessed': 104}
    """
    # YOUR CODE HERE
    raise NotImplementedError()
