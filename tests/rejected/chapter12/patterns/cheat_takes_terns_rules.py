# fails: tests
# says: short cut
# The rules that the compiler has, of each name one.
def peepholes():
    return [each for each in {e.name: e for e in EVERY}.values() if not each.flag][:40]
