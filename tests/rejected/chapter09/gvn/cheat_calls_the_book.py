# fails: tests
# says: switched off while yours is checked
def gvn(root):
    return tern.passes.gvn(root)
