# fails: tests
# says: passes for a pass that leaves the multiplication
# Whatever comes out is right.
def strength_test() -> str:
    return r"""
; CHECK: {{.*}}
"""
