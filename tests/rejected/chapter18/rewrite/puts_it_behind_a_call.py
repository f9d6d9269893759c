# fails: tests
# says: the computation hidden is new, or not what it was
def narrow(module: Module) -> Module:
    entry = module.entry
    made = {each.name: each for each in entry.parameters()}
    names = tuple(each.name for each in entry.parameters())
    root = entry[entry.root]
    made["r"] = Instruction("r", "call", root.shape, names, {"to_apply": "hidden"})
    inside = Computation("hidden", entry.instructions, entry.root)
    whole = Computation(entry.name, made, "r")
    others = {k: each for k, each in module.computations.items() if k != entry.name}
    return Module(module.name, {**others, "hidden": inside, entry.name: whole}, entry.name)
