# fails: speed
# says: needs 2×
@cache
def compiled():
    (func,) = functions(matmul_module())
    return machine_code(complete(emit_loops(func)), "matmul")


def native_matmul(a, b, out):
    for array in (a, b, out):
        if array.dtype != np.float32:
            raise TypeError("float32 only")
        if array.ndim != 2:
            raise ValueError("matrices only")
    if a.shape[1] != b.shape[0] or out.shape != (a.shape[0], b.shape[1]):
        raise ValueError("the shapes don't fit together")
    compiled()(address(a), address(b), address(out), *a.shape, b.shape[1])
