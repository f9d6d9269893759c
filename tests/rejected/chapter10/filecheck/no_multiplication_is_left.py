# fails: tests
# says: passes for a pass that
# Only that there is none in the loop.
def strength_test() -> str:
    return r"""
; CHECK: phi
; CHECK: phi
; CHECK-NOT: mul
; CHECK: br i1
; CHECK: mul
"""
