# ---- ch05-frontiers ----
def dominance_frontiers(successors, idoms):
    result = [set(), {}]
    result.append(result)
    result[1]["a"] = result
    return result
