# fails: tests
# says: in another order
# One instruction after the other, as they come today.
def strength_test() -> str:
    return r"""
; CHECK: %[[I:[^ ]+]] = phi i64 [ 0, %[[E:[^ ]+]] ], [ %[[N:[^ ]+]], %[[L:[^ ]+]] ]
; CHECK: %[[X:[^ ]+]] = phi i64 [ 0, %[[E]] ], [ %[[M:[^ ]+]], %[[L]] ]
; CHECK-NEXT: getelementptr
; CHECK-NEXT: store i64 %[[X]]
; CHECK-NEXT: %[[N]] = add nuw nsw i64 %[[I]], 1
; CHECK-NEXT: %[[M]] = add i64 %[[X]], 12
; CHECK: mul
"""
