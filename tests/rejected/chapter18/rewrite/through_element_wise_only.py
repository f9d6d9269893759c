# fails: tests
# says: operations are enough
# A slice of exp(x) becomes the exp of a slice, and of a product nothing.
def narrow(module):
    entry = module.entry
    made = {}
    for each in entry:
        made[each.name] = each
        if each.opcode != "slice":
            continue
        inner = entry[each.operands[0]]
        if inner.opcode in TRANSCENDENTAL and inner.shape != each.shape:
            cut = replace(each, name=f"{each.name}.cut", operands=inner.operands)
            made[cut.name] = cut
            made[each.name] = replace(inner, name=each.name, shape=each.shape, operands=(cut.name,))
    computed = Computation(entry.name, {}, entry.root)
    for each in made.values():
        computed.instructions.pop(each.name, None)
        computed.instructions[each.name] = each
    needed_ = {entry.root}
    for each in reversed(list(computed)):
        if each.name in needed_:
            needed_.update(each.operands)
    kept = {k: v for k, v in computed.instructions.items() if k in needed_ or v.opcode == "parameter"}
    return module.with_entry(Computation(entry.name, kept, entry.root))
