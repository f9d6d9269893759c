# fails: tests
# says: left|_decomp
def decompositions():
    from torch._decomp import core_aten_decompositions

    return {str(operation): function for operation, function in core_aten_decompositions().items()}
