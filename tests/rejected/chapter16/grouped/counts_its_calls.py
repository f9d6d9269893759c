# fails: tests
# says: depends on the arguments alone
# Right as long as programs ask in order, which those of a GPU do not.
numbers = itertools.count()


def grouped_order(program, rows, columns, group):
    program = next(numbers) % (rows * columns)
    band = program // (group * columns)
    height = min(rows - band * group, group)
    within = program % (group * columns)
    return band * group + within % height, within // height
