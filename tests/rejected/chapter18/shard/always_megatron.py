# fails: tests
# says: are enough
# Right for the first example.
def shard(mesh, rows, widths, ends):
    axes, plan = len(mesh), []
    for number in range(len(widths) - 1):
        last = number == len(widths) - 2
        plan.append(("c" * axes, "r" * axes if last else "w" * axes) if number % 2 else ("w" * axes, "c" * axes))
    return plan
