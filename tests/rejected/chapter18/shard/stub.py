# fails: tests
# says: NotImplementedError
def shard(mesh: Mesh, rows: int, widths: Sequence[int], ends: tuple[str, str]) -> list[Step]:
    """How to shard a chain of products so that each device sends the fewest bytes.

    The chain, `ends`, and what a plan costs are those of `plan_bytes`: X [rows, widths[0]] times
    weights [widths[0], widths[1]], [widths[1], widths[2]] …, each result the next one's left
    operand. `mesh` has one or two axes, each of 2 devices or more, and every size is a multiple of
    the square of the number of devices.

    Returns a step for each product: the sharding that its left operand is brought to, and that its
    result gets. No other plan sends fewer bytes. Time is linear in the number of products.

    Sources: Xu et al., "GSPMD: General and Scalable Parallelization for ML Computation Graphs",
    2021; Zheng et al., "Alpa", OSDI 2022, section 4; the ring's costs: Thakur, Rabenseifner, and
    Gropp, "Optimization of Collective Communication Operations in MPICH", 2005.

        >>> shard((8,), 64, [1024, 4096, 1024], ("w", "r"))  # few rows: nobody moves a weight
        [('w', 'c'), ('c', 'r')]
        >>> shard((8,), 65536, [1024, 4096, 1024], ("r", "r"))  # many: the weights move
        [('r', 'r'), ('r', 'r')]
    """
    # YOUR CODE HERE
    raise NotImplementedError()
