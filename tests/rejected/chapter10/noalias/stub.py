# fails: tests
# says: is noalias, and the text does not say so
# Says nothing.
def annotate(ir: str) -> str:
    return ir
