# fails: tests
# says: NotImplementedError
def grouped_order(program, rows, columns, group):
    raise NotImplementedError("later")
