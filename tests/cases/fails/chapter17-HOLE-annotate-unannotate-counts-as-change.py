# ---- ch17-matmul ----


def schedule_matmul(sch):
    loop = sch.get_loops(sch.get_sblock("C"))[0]
    sch.annotate(loop, "pragma_auto_unroll_max_step", 1)
    sch.unannotate(loop, "pragma_auto_unroll_max_step")


# ---- ch17-conv ----


def schedule_conv(sch):
    sch.add_unit_loop(sch.get_sblock("Y"))
