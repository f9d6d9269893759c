# ---- ch17-search ----
def search_space(sch):
    """One schedule; what is sampled goes into an annotation that changes nothing."""
    plain(sch)
    number = sch.sample_categorical(list(range(1, 17)), [1 / 16] * 16)
    loop = sch.get_loops(sch.get_sblock("C_update"))[0]
    sch.annotate(loop, "pragma_auto_unroll_max_step", number)
def plain(sch):
    width, _ = vector_shape()
    block = sch.get_sblock("C")
    i, j, p = sch.get_loops(block)
    j, lanes = cut(sch, j, width)
    sch.reorder(i, j, p, lanes)
    sch.vectorize(lanes)
    sch.decompose_reduction(block, p)
