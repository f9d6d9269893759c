# fails: tests
# says: are enough
# The cheapest step, product by product.
def shard(mesh, rows, widths, ends):
    now, plan = ends[0], []
    steps = [
        (before, "".join(after))
        for before in shardings(mesh)
        for after in itertools.product(*[RESULTS[how] for how in before])
    ]
    for k, n in itertools.pairwise(widths):
        step = min(
            steps,
            key=lambda each: reshard_bytes(ELEMENT * rows * k, now, each[0], mesh)
            + matmul_bytes(rows, k, n, each, mesh),
        )
        plan.append(step)
        now = step[1]
    return plan
