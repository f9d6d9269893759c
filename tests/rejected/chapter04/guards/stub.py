# fails: tests
# says: TypeError|None|return
def guards(parameters, known=None):
    pass
