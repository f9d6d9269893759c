# fails: speed
# says: 1× the
# Row order: group is only looked at.
def grouped_order(program, rows, columns, group):
    return program // columns, program % columns
