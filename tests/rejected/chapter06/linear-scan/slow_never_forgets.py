# fails: speed
# says: grew
# Right, but keeps the ended values on its list.
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
        taken = {given[v] for v in active if intervals[v][-1][1] > now}
        free = [r for r in choices[value] if r not in taken]
        wished = [given[v] for v in hints[value] if given.get(v) in free]
        if free:
            given[value] = (wished or free)[0]
            active.append(value)
            continue
        rivals = [v for v in active if given[v] in choices[value] and intervals[v][-1][1] > now]
        rival = min(rivals, key=lambda v: weights[v], default=None)
        if rival is not None and (lambda v: weights[v])(rival) < (lambda v: weights[v])(value):
            given[value] = given.pop(rival)
            active.remove(rival)
            active.append(value)
    return given
