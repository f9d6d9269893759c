# ---- ch17-matmul ----
# BOOK chapter17 matmul
mine = schedule_matmul
def schedule_matmul(sch):
    """Another name for mine, and a look at what came out."""
    mine(sch)
    text = str(sch.mod)
    assert "C_update" in text and len(sch.trace.insts) > 3
