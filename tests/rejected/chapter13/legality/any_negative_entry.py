# fails: tests
# says: (?s)expected: True\ngot: False
def is_legal_order(vectors: Iterable[Vector], permutation: Sequence[int]) -> bool:

    for vector in vectors:
        for distance in vector:
            if distance in (">", "*") or (distance != "<" and distance < 0):
                return permutation == tuple(range(len(permutation)))
    return True
