# fails: speed
# says: as fast as the baseline|cache misses
# needs: valgrind
# NumPy's slices in compiled code make arrays on the way.
@njit
def smooth_plate(plate: np.ndarray, scratch: np.ndarray, steps: int) -> None:
    if plate.shape[0] < 3 or plate.shape[1] < 3:
        return
    old, new = scratch[0], scratch[1]
    old[:] = plate[:, :, 0]
    new[:] = plate[:, :, 0]
    for _ in range(steps):
        around = old[:-2, 1:-1] + old[2:, 1:-1] + old[1:-1, :-2] + old[1:-1, 2:]
        new[1:-1, 1:-1] = old[1:-1, 1:-1] + np.float32(0.2) * (around - np.float32(4) * old[1:-1, 1:-1])
        old, new = new, old
    plate[:, :, 0] = old
