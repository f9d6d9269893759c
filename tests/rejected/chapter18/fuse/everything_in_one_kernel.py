# fails: tests
# says: break a rule
# Right for the example on the page.
def fuse(computation):
    return [needed(computation)]
