# fails: tests
# says: crashed the process
# A text that calls a library's product, by its name in this process.
TEXT = """
declare void @cblas_sgemm(i32, i32, i32, i64, i64, i64, float, ptr, i64, ptr, i64, float, ptr, i64)
define void @matmul(ptr %a, ptr %b, ptr %out, i64 %n, i64 %k, i64 %m) {
  call void @cblas_sgemm(i32 101, i32 111, i32 111, i64 %n, i64 %m, i64 %k, float 1.0, ptr %a,
    i64 %k, ptr %b, i64 %m, float 0.0, ptr %out, i64 %m)
  ret void
}
"""


@cache
def compiled():
    return machine_code(TEXT, "matmul")


def native_matmul(a, b, out):
    compiled()(address(a), address(b), address(out), *a.shape, b.shape[1])
