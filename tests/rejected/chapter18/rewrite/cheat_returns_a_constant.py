# fails: tests
# says: numbers differ
def narrow(module):
    entry = module.entry
    made = {each.name: each for each in entry.parameters()}
    root = entry[entry.root]
    names = root.operands if root.opcode == "tuple" else (root.name,)
    zero = Instruction("zero", "constant", Shape("f32", ()), (), {}, "0")
    made["zero"] = zero
    for name in names:
        new = Instruction(f"{name}.0", "broadcast", entry[name].array, ("zero",), {"dimensions": "{}"})
        made[new.name] = new
    last = f"{names[0]}.0"
    if root.opcode == "tuple":
        made["r"] = replace(root, name="r", operands=tuple(f"{name}.0" for name in names))
        last = "r"
    return module.with_entry(Computation(entry.name, made, last))
