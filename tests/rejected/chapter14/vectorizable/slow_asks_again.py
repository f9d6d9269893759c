# fails: speed
# says: times the|book
# Finds the dependences again and again.
def vector_obstacle(loop, lanes):
    for op in loop.body.only_block.operations[:-1]:
        sums = accumulations(loop)
        if why := operation_obstacle(op, loop):
            return why
        if loop.attributes["step"] != 1:
            return "step"
        if op not in sums and op.name in ("affine.load", "affine.store"):
            _, operands, rows = access(op)
            if induction_variable(loop) not in operands:
                if op.name == "affine.store":
                    return "the same element"
            else:
                column = operands.index(induction_variable(loop))
                if [row[column] for row in rows] != [0] * (len(rows) - 1) + [1]:
                    return "a gather"
    body = loop.body.only_block.operations[:-1]
    for number, op in enumerate(body):
        if op.name not in ("affine.load", "affine.store") or number % 50:
            continue
        try:
            found = dependences(loop)
        except NestError as error:
            return str(error)
    for each in found:
        sums = accumulations(loop)
        if each.source in sums and each.reduction:
            if not is_free(sums[each.source]):
                return "reassoc"
        else:
            (distance,) = each.vector
            against = body.index(each.source) >= body.index(each.target)
            if against and not (isinstance(distance, int) and distance >= lanes):
                return "a dependence"
    return ""
