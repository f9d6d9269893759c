# fails: tests
# says: numbers differ
@njit
def step(now, after):
    for i in range(1, now.shape[0] - 1):
        for j in range(1, now.shape[1] - 1):
            around = now[i - 1, j] + now[i + 1, j] + now[i, j - 1] + now[i, j + 1]
            after[i, j] = now[i, j] + np.float32(0.2) * (around - 4 * now[i, j])


@njit
def smooth_plate(plate, scratch, steps):
    for i in range(plate.shape[0]):
        for j in range(plate.shape[1]):
            scratch[0, i, j] = scratch[1, i, j] = plate[i, j, 0]
    for _ in range((steps + 1) // 2):
        step(scratch[0], scratch[1])
        step(scratch[1], scratch[0])
    for i in range(plate.shape[0]):
        for j in range(plate.shape[1]):
            plate[i, j, 0] = scratch[0, i, j]
