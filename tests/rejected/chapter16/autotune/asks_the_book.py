# fails: tests
# says: switched off
# Its answer is the model's own table.
from tern.gpu.matmul_space import candidates


def autotune(shape, device, count=4):
    return candidates(shape, device, count)
