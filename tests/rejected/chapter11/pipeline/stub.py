# fails: tests
# says: NotImplementedError
def fast_matmul() -> tuple[str, str]:
    """Passes that make a matrix product fast, and a script for one of them.

    Returns (passes, script). `passes` is what mlir-opt's `--pass-pipeline` has inside of
    `builtin.module(…)`: they run on `product(m, n, k)`, for any sizes from 1 up, and leave a module
    without linalg and without tensors, in any of the dialects vector, scf, affine, memref, arith,
    cf, and func. The book's passes then bring it down to LLVM. `script` is text in the dialect
    transform, "" if there is none: a module with the attribute transform.with_named_sequence, and
    in it the named sequence @__transform_main, which the pass `transform-interpreter` runs where it
    comes among `passes`. Neither changes what the function takes.

    The product may add its terms in another order, in float32. It is to be fast at m = n = k = 384,
    and right at any size.

        >>> passes, script = fast_matmul()
        >>> "one-shot-bufferize" in passes, "transform.named_sequence @__transform_main" in script
        (True, True)
    """
    # YOUR CODE HERE
    raise NotImplementedError()
