# ---- ch05-ssa ----
def to_ssa(func):
    """A block that stands in itself, and an operand that nobody defines."""
    block = func.body.blocks[0]
    block.operations.append(func)
    func.regions.append(func.regions[0])
    func.attributes["again"] = func.attributes
    block.operations[0].operands.append(block.operations[-1])
