# fails: tests
# says: The elements of out would be of another size
# Looks at what is read, and not at what is written.
@cache
def compiled():
    module = matmul_module()
    schedule(module, ("i", "k", "j"), unroll=(4, 4, 1))
    return machine_code(complete(emit_loops(functions(module)[0])), "matmul")


def native_matmul(a, b, out):
    for array in (a, b):
        if array.dtype != np.float32:
            raise TypeError("float32 only")
        if array.ndim != 2:
            raise ValueError("matrices only")
    if a.shape[1] != b.shape[0] or out.shape != (a.shape[0], b.shape[1]):
        raise ValueError("the shapes don't fit together")
    compiled()(address(a), address(b), address(out), *a.shape, b.shape[1])
