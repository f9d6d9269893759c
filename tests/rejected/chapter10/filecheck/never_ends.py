# fails: tests
# says: does not come to an end
# A pattern that backtracks for ever.
def strength_test() -> str:
    return r"""
; CHECK: {{(([^ ]| )+)+}}!!
"""
