# ---- ch05-dominators ----
def immediate_dominators(graph):
    result = []
    for again in range(100_000):
        result = [result]
    return result
