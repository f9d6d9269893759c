# fails: speed
# says: as fast as the baseline
@njit
def smooth_plate(plate, scratch, steps):
    layout.smooth_structs(plate, scratch, steps)
