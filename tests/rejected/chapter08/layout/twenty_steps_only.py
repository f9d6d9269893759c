# fails: tests
# says: numbers differ
# Right for the steps that are timed, and for fewer.
@njit
def smooth_plate(plate: np.ndarray, scratch: np.ndarray, steps: int) -> None:
    rows, columns = plate.shape[0], plate.shape[1]
    for i in range(rows):
        for j in range(columns):
            here = plate[i, j, 0]
            scratch[0, i, j] = here
            scratch[1, i, j] = here
    old, new = scratch[0], scratch[1]
    for _ in range(min(steps, 20)):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                here = old[i, j]
                around = old[i - 1, j] + old[i + 1, j] + old[i, j - 1] + old[i, j + 1]
                new[i, j] = here + np.float32(0.2) * (around - np.float32(4) * here)
        old, new = new, old
    for i in range(rows):
        for j in range(columns):
            plate[i, j, 0] = old[i, j]
