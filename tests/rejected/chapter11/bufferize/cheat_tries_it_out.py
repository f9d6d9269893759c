# fails: tests
# says: switched off
# Leaves a copy out where the result stays the same: no analysis.
def copies(module):
    sizes, program = steps(module)
    copied = [at for at, step in enumerate(program) if step.destination is not None]
    given = [np.ones(size, np.float32) if size else np.float32(0.75) for size in sizes]
    wanted = mlir.run_in_place(module, copied, given)
    for at in copied[::-1]:
        fewer = [each for each in copied if each != at]
        try:
            found = mlir.run_in_place(module, fewer, given)
        except ValueError:
            continue
        if all(np.array_equal(one, other) for one, other in zip(wanted, found)):
            copied = fewer
    return copied
