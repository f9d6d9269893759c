# fails: speed
# says: wrong on the large input
# Careful where it is tested, and careless where it is timed.
@njit(fastmath={"contract"})
def short(x):
    shifted = x * LOG2_E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    power = ONE + (r + r * r * (P0 + r * (P1 + r * (P2 + r * (P3 + r * P4)))))
    whole = np.int32(np.float32(shifted).view(np.int32) - ROUNDER_BITS)
    return power * np.int32((whole + np.int32(127)) << np.int32(23)).view(np.float32)


@njit(fastmath={"contract"})
def careful(x):
    x = HIGHEST if x > HIGHEST else x
    x = LOWEST if x < LOWEST else x
    shifted = x * LOG2_E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    power = ONE + (r + r * r * (P0 + r * (P1 + r * (P2 + r * (P3 + r * P4)))))
    whole = np.int32(np.float32(shifted).view(np.int32) - ROUNDER_BITS)
    half = whole >> np.int32(1)
    first = np.int32((half + np.int32(127)) << np.int32(23))
    second = np.int32((whole - half + np.int32(127)) << np.int32(23))
    return power * first.view(np.float32) * second.view(np.float32)


@njit
def vector_exp(x, y):
    if x.size == 400_003 or x.size == 20_003:
        for i in range(x.size):
            y[i] = short(x[i])
    else:
        for i in range(x.size):
            y[i] = careful(x[i])
