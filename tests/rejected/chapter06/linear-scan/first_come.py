# fails: tests
# says: 20|weighs
# Who has a register keeps it: the new value is spilled, whatever it weighs.
def linear_scan(
    intervals: Mapping[int, Ranges],
    weights: Mapping[int, int],
    choices: Mapping[int, Sequence[int]],
    hints: Mapping[int, Sequence[int]],
) -> dict[int, int]:
    given: dict[int, int] = {}
    active: list[int] = []
    for value in sorted(intervals, key=lambda v: intervals[v][0]):
        now = intervals[value][0][0]
        active = [v for v in active if intervals[v][-1][1] > now]
        taken = {given[v] for v in active if intervals[v][-1][1] > now}
        free = [r for r in choices[value] if r not in taken]
        wished = [given[v] for v in hints[value] if given.get(v) in free]
        if free:
            given[value] = (wished or free)[0]
            active.append(value)
            continue
    return given
