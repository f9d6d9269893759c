# fails: tests
# says: which lines are in which set|goes on where
# It looks like a fault of the policies; it is that nothing is kept in the arguments.
def access_lines(lines, tags, notes, policy):
    sets, ways = tags.shape
    stacks = [[] for _ in range(sets)]
    missed = np.empty(len(lines), np.bool_)
    for t, line in enumerate(lines.tolist()):
        stack = stacks[line % sets]
        missed[t] = line not in stack
        if line in stack:
            stack.remove(line)
        stack.append(line)
        del stack[:-ways]
    return missed
