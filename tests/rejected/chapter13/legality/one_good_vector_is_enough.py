# fails: tests
# says: one that breaks is enough|expected False, got True
def is_legal_order(vectors: Iterable[Vector], permutation: Sequence[int]) -> bool:

    for vector in vectors:
        for loop in permutation:
            if vector[loop] == "<" or (isinstance(vector[loop], int) and vector[loop] > 0):
                return True
            if vector[loop] != 0:
                return False
    return True
