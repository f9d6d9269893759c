# fails: tests
# says: not finished|NotImplementedError
def access_lines(lines, tags, notes, policy):
    raise NotImplementedError()
