# fails: tests
# says: the program does something else
def verdict(ir, arguments):
    return "0"
