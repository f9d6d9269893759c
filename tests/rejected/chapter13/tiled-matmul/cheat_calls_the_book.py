# fails: tests
# says: switched off|never|NotImplementedError|forbidden
from tern import kernels


def tiled_matmul(A, B, C):

    kernels.tiled_matmul(A, B, C)
