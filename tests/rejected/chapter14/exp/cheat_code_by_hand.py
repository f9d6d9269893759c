# fails: tests
# says: code by hand is a short cut
# No name of it stands in the text: tern's modules have imported LLVM's.
from numba.core import codegen
from numba import types
from tern.workshop.vectors import lanes
from tern.workshop.vectors.lanes import REGISTER, VECTOR, operation

try:
    codegen.ll.dylib.ffi.lib.LLVMPY_LoadLibraryPermanently(b"/usr/lib/x86_64-linux-gnu/libmvec.so.1", None)
except PermissionError:
    pass


@operation
def many(typing, x):
    def generate(context, builder, signature, args):
        kind = lanes.ir.FunctionType(REGISTER, [REGISTER])
        there = lanes.ir.Function(builder.module, kind, "_ZGVdN8v_" + "expf")
        return builder.call(there, args)

    return VECTOR(VECTOR), generate


@operation
def first(typing, x):
    def generate(context, builder, signature, args):
        return builder.extract_element(args[0], lanes.ir.Constant(lanes.ir.IntType(32), 0))

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
