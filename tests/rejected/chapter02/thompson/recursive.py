# fails: tests
# says: RecursionError|recursion
# Right, and as deep as the tree.
def thompson(regex):
    epsilon, moves = [], []

    def state():
        epsilon.append([])
        moves.append([])
        return len(epsilon) - 1

    def build(node):
        match node:
            case Concat(first, second):
                begin, middle = build(first)
                other, end = build(second)
                epsilon[middle].append(other)
                return begin, end
            case Alternate(left, right):
                parts = [build(left), build(right)]
                begin, end = state(), state()
                for inner, last in parts:
                    epsilon[begin].append(inner)
                    epsilon[last].append(end)
                return begin, end
            case Star(body) | Plus(body):
                inner, last = build(body)
                begin, end = state(), state()
                epsilon[begin].append(inner)
                epsilon[last] += [inner, end]
                if isinstance(node, Star):
                    epsilon[begin].append(end)
                return begin, end
            case Chars(ranges):
                begin, end = state(), state()
                moves[begin].append((ranges, end))
                return begin, end
            case Empty():
                begin, end = state(), state()
                epsilon[begin].append(end)
                return begin, end

    begin, end = build(regex)
    accepting = [NONE] * len(epsilon)
    accepting[end] = 0
    return NFA(begin, epsilon, moves, accepting)
