# fails: tests
# says: must not come first
def is_legal_order(vectors: Iterable[Vector], permutation: Sequence[int]) -> bool:

    for vector in vectors:
        for loop in permutation:
            distance = vector[loop]
            if distance in ("<", "*") or (distance != ">" and distance > 0):
                break
            if distance != 0:
                return False
    return True
