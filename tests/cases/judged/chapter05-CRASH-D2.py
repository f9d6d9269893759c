# ---- ch05-dominators ----
def immediate_dominators(s):
    raise ValueError("\ud800")
