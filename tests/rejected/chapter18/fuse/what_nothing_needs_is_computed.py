# fails: tests
# says: which nothing that it writes needs|is in no kernel
def fuse(computation):
    none = ("parameter", "constant", "tuple", "bitcast")
    return [[each.name] for each in computation if each.opcode not in none]
