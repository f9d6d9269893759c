# fails: speed
# says: as fast as the baseline|cache misses
# needs: valgrind
# The layout is right, and the order is not. Time alone can't tell with every processor's caches.
@njit
def smooth_plate(plate, scratch, steps):
    for i in range(plate.shape[0]):
        for j in range(plate.shape[1]):
            scratch[0, i, j] = scratch[1, i, j] = plate[i, j, 0]
    for step in range(steps):
        now, after = scratch[step % 2], scratch[(step + 1) % 2]
        for j in range(1, plate.shape[1] - 1):
            for i in range(1, plate.shape[0] - 1):
                around = now[i - 1, j] + now[i + 1, j] + now[i, j - 1] + now[i, j + 1]
                after[i, j] = now[i, j] + np.float32(0.2) * (around - 4 * now[i, j])
    for i in range(plate.shape[0]):
        for j in range(plate.shape[1]):
            plate[i, j, 0] = scratch[steps % 2, i, j]
