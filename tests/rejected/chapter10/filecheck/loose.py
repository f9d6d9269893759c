# fails: speed
# says: bugs left
# Finds the five, and few of the others.
def strength_test() -> str:
    return r"""
; CHECK: %[[I:[^ ]+]] = phi i64 [ 0, %[[E:[^ ]+]] ], [ %[[N:[^ ]+]], %[[L:[^ ]+]] ]
; CHECK: %[[X:[^ ]+]] = phi i64 [ 0, %[[E]] ], [
; CHECK-NOT: {{ mul }}
; CHECK: = add i64 %{{[^ ]+}}, 12
; CHECK-NOT: {{ mul }}
; CHECK: br i1
; CHECK: mul i64
"""
