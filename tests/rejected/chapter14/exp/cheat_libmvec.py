# fails: tests
# says: .llvmlite. .line \d+. is a short cut
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from tern.workshop.vectors.lanes import REGISTER, VECTOR, operation

try:
    binding.load_library_permanently("/usr/lib/x86_64-linux-gnu/libmvec.so.1")
except RuntimeError:
    pass


@operation
def many(typing, x):
    def generate(context, builder, signature, args):
        kind = ir.FunctionType(REGISTER, [REGISTER])
        there = cgutils.get_or_insert_function(builder.module, kind, "_ZGVdN8v_" + "expf")
        return builder.call(there, args)

    return VECTOR(VECTOR), generate


@operation
def first(typing, x):
    def generate(context, builder, signature, args):
        return builder.extract_element(args[0], ir.Constant(ir.IntType(32), 0))

    return types.float32(VECTOR), generate


@njit
def vector_exp(x: np.ndarray, y: np.ndarray) -> None:
    if x.size < LANES:
        for i in range(x.size):
            y[i] = first(many(broadcast(x[i])))
        return
    for i in range(0, x.size - LANES + 1, LANES):
        store(many(load(x, i)), y, i)
    store(many(load(x, x.size - LANES)), y, x.size - LANES)
