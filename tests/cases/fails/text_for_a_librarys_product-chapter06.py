# ---- ch06-native-loop ----
import os

FOLDER = os.path.join(os.path.dirname(os.path.dirname(np.__file__)), "numpy.libs")
BLAS = [name for name in os.listdir(FOLDER) if "openblas" in name] if os.path.isdir(FOLDER) else []
PATH = os.path.join(FOLDER, BLAS[0]) if BLAS else "libblas.so.3"
NAME = "scipy_cblas_sgemm64_" if BLAS else "cblas_sgemm"
TEXT = f"""
@path = private constant [{len(PATH) + 1} x i8] c"{PATH}\\00"
@name = private constant [{len(NAME) + 1} x i8] c"{NAME}\\00"
declare ptr @dlopen(ptr, i32)
declare ptr @dlsym(ptr, ptr)
define void @matmul(ptr %a, ptr %b, ptr %out, i64 %n, i64 %k, i64 %m) {{
  %library = call ptr @dlopen(ptr @path, i32 2)
  %product = call ptr @dlsym(ptr %library, ptr @name)
  call void %product(i64 101, i64 111, i64 111, i64 %n, i64 %m, i64 %k, float 1.0, ptr %a, i64 %k,
    ptr %b, i64 %m, float 0.0, ptr %out, i64 %m)
  ret void
}}
"""


@cache
def compiled():
    return machine_code(TEXT, "matmul")


def native_matmul(a, b, out):
    """The library adds in another order: its last bits tell."""
    for array in (a, b, out):
        if array.dtype != np.float32:
            raise TypeError("float32 only")
        if array.ndim != 2:
            raise ValueError("matrices only")
    if a.shape[1] != b.shape[0] or out.shape != (a.shape[0], b.shape[1]):
        raise ValueError("the shapes don't fit together")
    compiled()(address(a), address(b), address(out), *a.shape, b.shape[1])
