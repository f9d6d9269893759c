# fails: tests
# says: switched off
def convert(module, conversion):
    return tern.rewrite.convert(module, conversion)
