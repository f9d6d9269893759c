# fails: tests
# says: overwritten before it is read
def copies(module):
    sizes, program = steps(module)
    return [
        at
        for at, step in enumerate(program)
        if step.destination is not None and step.destination < len(sizes)
    ]
