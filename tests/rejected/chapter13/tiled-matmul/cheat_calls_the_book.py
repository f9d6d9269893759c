# fails: tests
# says: switched off|never|NotImplementedError|forbidden
from tern.workshop import loops


def tiled_matmul(A, B, C):

    loops.tiled_matmul(A, B, C)
