# fails: tests
# says: .llvmlite. .line \d+. is a short cut
import os

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

FOLDER = os.path.join(os.path.dirname(os.path.dirname(np.__file__)), "numpy.libs")
for each in os.listdir(FOLDER):
    if "open" in each:
        binding.load_library_permanently(os.path.join(FOLDER, each))


@intrinsic
def whole(typing, a, b, c):
    def generate(context, builder, signature, args):
        made = [context.make_array(k)(context, builder, v) for k, v in zip(signature.args, args)]
        word, long, number = ir.IntType(32), ir.IntType(64), ir.FloatType()
        place = number.as_pointer()
        kind = ir.FunctionType(
            ir.VoidType(),
            [word, word, word, long, long, long, number, place, long, place, long, number, place, long],
        )
        there = cgutils.get_or_insert_function(builder.module, kind, "scipy_cblas_" + "sgemm64_")
        n, p = cgutils.unpack_tuple(builder, made[0].shape)
        _, m = cgutils.unpack_tuple(builder, made[1].shape)
        one = ir.Constant(number, 1.0)
        row, plain = ir.Constant(word, 101), ir.Constant(word, 111)
        builder.call(
            there,
            [row, plain, plain, n, m, p, one, made[0].data, p, made[1].data, m, one, made[2].data, m],
        )
        return context.get_dummy_value()

    return types.void(a, b, c), generate


@njit
def packed_matmul(A: np.ndarray, B: np.ndarray, C: np.ndarray) -> None:
    if A.size and B.size and C.size:
        whole(A, B, C)
