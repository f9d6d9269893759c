# fails: tests
# says: as many operations as before
def optimize(module: Operation) -> None:
    pass
