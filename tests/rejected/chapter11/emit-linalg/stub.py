# fails: tests
# says: NotImplementedError
def emit_generic(func: Operation) -> str:
    """MLIR's text of a function of tensors, in which linalg.generic computes everything.

    `func` is a func.func of tern's with one block, all of whose tensors are of float32 and of sizes
    that are known. Its operations are

    - arith.addf, subf, mulf, and maximumf of two tensors of one shape;
    - linalg.transpose and linalg.broadcast, with the attribute `permutation` or `dimensions`, as in
      MLIR: axis a of a transpose's result is axis permutation[a] of its operand; `dimensions` are
      the axes that a broadcast adds;
    - linalg.matmul of two matrices, and linalg.reduce, which adds along the axes `dimensions` (its
      combiner is arith.addf): their last operand is a tensor of zeros, where sums begin;
    - tensor.empty, linalg.fill, and arith.constant, which make destinations and zeros;
    - func.return.

    Returns the text of a module with one function of the same name and type. Of linalg, there are
    linalg.generic, with indexing_maps and iterator_types, linalg.yield, and linalg.fill. arith
    computes single numbers alone, and constants. Sums may be in any order.

    What matters is how many linalg.generic there are: each of them writes a tensor to memory.

        >>> from tern.ir import functions, parse
        >>> T = "tensor<3xf32>"
        >>> text = f"func.func @f(%a: {T}) -> {T} {{ %b = arith.addf %a, %a : {T} return %b : {T} }}"
        >>> emit_generic(functions(parse(text))[0]).count("linalg.generic")
        1
    """
    # YOUR CODE HERE
    raise NotImplementedError()
