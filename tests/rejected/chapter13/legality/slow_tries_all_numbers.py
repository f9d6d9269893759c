# fails: speed
# says: the book's CPU time|still running
import itertools


def is_legal_order(vectors: Iterable[Vector], permutation: Sequence[int]) -> bool:

    numbers = {"<": (1,), ">": (-1,), "*": (-1, 0, 1)}
    for vector in vectors:
        choices = [numbers.get(vector[loop], (vector[loop],)) for loop in permutation]
        for moved in itertools.product(*choices):
            if moved < (0,) * len(moved):
                return False
    return True
