# fails: tests
# says: An address has no shape
@cache
def compiled():
    module = matmul_module()
    schedule(module, ("i", "k", "j"), unroll=(4, 4, 1))
    return machine_code(complete(emit_loops(functions(module)[0])), "matmul")


def native_matmul(a, b, out):
    compiled()(address(a), address(b), address(out), *a.shape, b.shape[1])
