# ---- ch17-matmul ----
def schedule_matmul(sch):
    """134 million statements."""
    for loop in sch.get_loops(sch.get_sblock("C")):
        sch.unroll(loop)
