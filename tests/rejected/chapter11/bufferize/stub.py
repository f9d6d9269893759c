# fails: tests
# says: NotImplementedError
def copies(module: ir.Module) -> list[int]:
    """Which destinations of a function must be copied, so that no result overwrites too early.

    The module has one function of one block, of tensors of one axis, as `steps` describes it: it
    gives the sizes of the arguments, and a Step for each operation. A step that has a destination
    writes its result into the destination's memory, in place, or, if it is copied, into new memory
    that begins as a copy of the destination. An extract_slice gives a view of that memory, or a
    copy of the part. A tensor.empty is new memory.

    Returns the numbers of the steps whose destination is copied, in ascending order: numbers in the
    list of steps, from 0. With them, the function returns what it does if every destination is
    copied, and no argument's memory is written to: that is its caller's. A returned value counts as
    read by the last step. An operation writes element after element, and reads the elements that
    have the same number just before: so it may write over what it reads if both are the same
    elements of the same memory, and not if they overlap otherwise.

    The fewer copies the better; the fewest are not asked for. A few dozen steps take milliseconds.

        >>> from tern.workshop.mlir import module_of
        >>> copies(
        ...     module_of('''
        ...     func.func @f(%a: tensor<8xf32>, %c: f32) -> (tensor<8xf32>, tensor<8xf32>) {
        ...       %0 = linalg.negf ins(%a : tensor<8xf32>) outs(%a : tensor<8xf32>) -> tensor<8xf32>
        ...       %1 = linalg.negf ins(%0 : tensor<8xf32>) outs(%0 : tensor<8xf32>) -> tensor<8xf32>
        ...       %2 = linalg.fill ins(%c : f32) outs(%1 : tensor<8xf32>) -> tensor<8xf32>
        ...       return %1, %2 : tensor<8xf32>, tensor<8xf32>
        ...     }''')
        ... )
        [0, 2]
    """
    # YOUR CODE HERE
    raise NotImplementedError()
