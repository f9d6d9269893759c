# fails: tests
# says: permutation\[p\] is the loop at depth p
def is_legal_order(vectors: Iterable[Vector], permutation: Sequence[int]) -> bool:

    for vector in vectors:
        moved = [None] * len(vector)
        for loop, place in enumerate(permutation):
            moved[place] = vector[loop]
        first = next((d for d in moved if d != 0), "<")
        if first != "<" and (first in (">", "*") or first < 0):
            return False
    return True
