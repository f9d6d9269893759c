# fails: tests
# says: switched off while yours is checked
def to_ssa(func):
    import tern

    return tern.to_ssa(func)
