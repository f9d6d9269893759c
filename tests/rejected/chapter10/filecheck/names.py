# fails: tests
# says: and other names
# The names of the pass's own output.
def strength_test() -> str:
    return r"""
; CHECK: %x = phi i64 [ 0, %entry ], [ %x.next, %loop ]
; CHECK-NOT: mul
; CHECK: br i1
"""
