# fails: speed
# says: as fast as the baseline|cache misses
# needs: valgrind
# The order is right, but seven eighths of every line are still for nothing. Time alone can't tell
# everywhere: with some processors' caches that's fast enough.
@njit
def smooth_plate(plate, scratch, steps):
    for _ in range(steps):
        for i in range(1, plate.shape[0] - 1):
            for j in range(1, plate.shape[1] - 1):
                here = plate[i, j, 0]
                around = plate[i - 1, j, 0] + plate[i + 1, j, 0]
                around += plate[i, j - 1, 0] + plate[i, j + 1, 0]
                plate[i, j, 1] = here + np.float32(0.2) * (around - 4 * here)
        for i in range(1, plate.shape[0] - 1):
            for j in range(1, plate.shape[1] - 1):
                plate[i, j, 0] = plate[i, j, 1]
