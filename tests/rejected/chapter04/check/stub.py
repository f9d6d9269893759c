# fails: tests
# says: expected
def check_program(module):
    pass
