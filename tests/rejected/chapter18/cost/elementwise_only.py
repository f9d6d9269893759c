# fails: tests
# says: flops
# Right for whatever is element-wise, and for the examples on the page.
def cost(module):
    flops = transcendentals = accessed = 0
    for each in module.entry:
        if each.opcode in ("parameter", "constant", "bitcast", "tuple", "get-tuple-element"):
            continue
        read = [module.entry[operand] for operand in each.operands]
        accessed += sum(operand.bytes for operand in read) + each.bytes
        if each.opcode == "dot":
            flops += 2 * each.array.elements * read[0].array.dimensions[1]
        elif each.opcode == "reduce":
            flops += read[0].array.elements - each.array.elements
        elif each.opcode in TRANSCENDENTAL:
            transcendentals += each.array.elements
        else:
            flops += each.array.elements
    return {"flops": flops, "transcendentals": transcendentals, "bytes accessed": accessed}
