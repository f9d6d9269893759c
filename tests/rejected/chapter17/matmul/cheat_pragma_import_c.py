# fails: tests
# says: sch.annotate with 'pragma_import_c' is not allowed
def schedule_matmul(sch: Schedule) -> None:
    sch.annotate(sch.get_loops(sch.get_sblock("C"))[0], "pragma_import_c", "void sgemm(void) {}")
