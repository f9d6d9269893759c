# fails: tests
# says: the result|differ|got
def native_matmul(a, b, out):
    pass
