# fails: speed
# says: 1\.\d+× the
def grouped_order(program, rows, columns, group):
    return program % rows, program // rows
