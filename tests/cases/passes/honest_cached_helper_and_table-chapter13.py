# ---- ch13-legality ----
import functools

@functools.cache
def sign(entry):
    """+1, -1, 0, or None where it may be any."""
    return {"<": 1, ">": -1, "*": None}.get(entry, entry)

def is_legal_order(vectors, permutation):
    def carried(vector):
        for loop in permutation:
            entry = vector[loop]
            if entry != 0:
                found = sign(entry)
                return found is not None and found > 0
        return True
    return all(map(carried, vectors))
