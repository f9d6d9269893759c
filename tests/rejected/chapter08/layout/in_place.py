# fails: tests
# says: all neighbors are those of before the step
@njit
def smooth_plate(plate, scratch, steps):
    now = scratch[0]
    for i in range(plate.shape[0]):
        for j in range(plate.shape[1]):
            now[i, j] = plate[i, j, 0]
    for _ in range(steps):
        for i in range(1, plate.shape[0] - 1):
            for j in range(1, plate.shape[1] - 1):
                here = now[i, j]
                around = now[i - 1, j] + now[i + 1, j] + now[i, j - 1] + now[i, j + 1]
                now[i, j] = here + np.float32(0.2) * (around - 4 * here)
    for i in range(plate.shape[0]):
        for j in range(plate.shape[1]):
            plate[i, j, 0] = now[i, j]
