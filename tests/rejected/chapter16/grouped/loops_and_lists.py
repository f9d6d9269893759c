# fails: tests
# says: is not Triton|does not compile
# A table is right, and no kernel has one.
TABLES = {}


def grouped_order(program: int, rows: int, columns: int, group: int) -> tuple[int, int]:
    if rows * columns > 10_000:
        return program // columns, program % columns
    if (rows, columns, group) not in TABLES:
        order = []
        for number, top in enumerate(range(0, rows, group)):
            across = range(columns) if number % 2 == 0 else reversed(range(columns))
            for turn, column in enumerate(across):
                band = list(range(top, min(top + group, rows)))
                order += [(row, column) for row in (band if turn % 2 == 0 else band[::-1])]
        TABLES[rows, columns, group] = order
    return TABLES[rows, columns, group][program]
