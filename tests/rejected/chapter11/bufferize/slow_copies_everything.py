# fails: speed
# says: copies
def copies(module):
    _, program = steps(module)
    return [at for at, step in enumerate(program) if step.destination is not None]
