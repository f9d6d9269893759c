# fails: tests
# says: No shorter text|states
# Keeps the fragment of each tree, and gives equal ones the same: aa becomes a+.
def thompson(regex: Regex) -> NFA:
    """An automaton for the texts that a regular expression matches; they have rule 0.

    At most two states for each node of the tree, one of them accepting. O(nodes), without
    recursion: the tree may be deeper than Python's stack. (Thompson 1968.)
    """
    epsilon: list[list[int]] = []
    moves: list[list[tuple[Ranges, int]]] = []
    fragments: list[tuple[int, int]] = []  # each with a state to begin in and one to end in
    known: dict[Any, tuple[int, int]] = {}
    for node in postorder(regex):
        if isinstance(node, Chars) and node.ranges in known:
            fragments.append(known[node.ranges])
            continue
        if isinstance(node, Concat):
            begin, end = fragments.pop()
            first, middle = fragments.pop()
            epsilon[middle].append(begin)
            fragments.append((first, end))
            continue
        begin, end = len(epsilon), len(epsilon) + 1
        epsilon += [], []
        moves += [], []
        match node:
            case Empty():
                epsilon[begin].append(end)
            case Chars(ranges):
                moves[begin].append((ranges, end))
                known[ranges] = begin, end
            case Alternate():
                right, left = fragments.pop(), fragments.pop()
                for inner, last in (left, right):
                    epsilon[begin].append(inner)
                    epsilon[last].append(end)
            case Star() | Plus():
                inner, last = fragments.pop()
                epsilon[begin].append(inner)
                epsilon[last] += inner, end
                if isinstance(node, Star):
                    epsilon[begin].append(end)
        fragments.append((begin, end))
    ((begin, end),) = fragments
    accepting = [NONE] * len(epsilon)
    accepting[end] = 0
    return NFA(begin, epsilon, moves, accepting)
