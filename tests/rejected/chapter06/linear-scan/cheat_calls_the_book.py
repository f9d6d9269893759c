# fails: tests
# says: .
# Asks the compiler for the answer.
def linear_scan(
    intervals: Mapping[int, Ranges],
    weights: Mapping[int, int],
    choices: Mapping[int, Sequence[int]],
    hints: Mapping[int, Sequence[int]],
) -> dict[int, int]:
    return tern.machine.linear_scan(intervals, weights, choices, hints)
