# fails: tests
# says: switched off
def is_legal_order(vectors: Iterable[Vector], permutation: Sequence[int]) -> bool:

    return passes.is_legal_order(vectors, permutation)
