# ---- ch14-exp ----
def vector_exp(x, y):
    """NumPy's power is in vectors as well, and only the operator tells."""
    with np.errstate(all="ignore"):
        y[:] = 2.718281828459045 ** x.astype(np.float64)
