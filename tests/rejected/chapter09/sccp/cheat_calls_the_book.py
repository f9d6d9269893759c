# fails: tests
# says: switched off while yours is checked
def sccp(root):
    return tern.passes.sccp(root)
