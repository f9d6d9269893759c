# fails: tests
# says: switched off
from tern.gpu.matmul_model import estimate
from tern.gpu.matmul_space import space


def autotune(shape, device, count=4):
    ranked = sorted(space(device), key=lambda how: estimate(shape, how, device).clocks)
    return ranked[:count]
