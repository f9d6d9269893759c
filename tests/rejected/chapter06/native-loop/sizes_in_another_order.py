# fails: tests
# says: the result differs
# Right on squares: the text takes N, K, M.
@cache
def compiled():
    module = matmul_module()
    schedule(module, ("i", "k", "j"))
    return machine_code(complete(emit_loops(functions(module)[0])), "matmul")


def native_matmul(a, b, out):
    for array in (a, b, out):
        if array.dtype != np.float32:
            raise TypeError("float32 only")
        if array.ndim != 2:
            raise ValueError("matrices only")
    if a.shape[1] != b.shape[0] or out.shape != (a.shape[0], b.shape[1]):
        raise ValueError("the shapes don't fit together")
    compiled()(address(a), address(b), address(out), b.shape[1], *a.shape)
