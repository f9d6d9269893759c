# fails: tests
# says: overwritten before it is read|argument
def copies(module):
    sizes, program = steps(module)
    found = []
    for at, step in enumerate(program):
        if step.destination is None or step.name == "tensor.extract_slice":
            continue
        later = [
            value for other in program[at + 1 :] for value in (*other.reads, other.destination)
        ]
        if step.destination < len(sizes) or step.destination in later:
            found.append(at)
    return found
