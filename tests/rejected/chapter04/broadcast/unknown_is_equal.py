# fails: tests
# says: Two unknown sizes need not be equal
def broadcast(left: Shape, right: Shape) -> tuple[Shape, dict[int, str]]:
    """The shape that two shapes stretch to, by NumPy's rule, and the axes that are in doubt.

    Aligned at their ends, two sizes fit when they are equal, or when one of them is 1, which
    stretches; where one shape has no axis, 1 stands in. A size is a number, a name or a sum in
    normal form (`tern.shapes.sizes`), or None, which is unknown. Names stand for any sizes from
    0 up. The axes of which all this is not certain are counted from the end, -1 the last, each with

    - "test": one size is unknown. The shape has the other one, so that the unknown one must be
      that, or 1, when the program runs.
    - "never": they don't fit, whatever the names stand for. The shape has None.
    - "unproven": they may fit or not. Shape as for "never".

    O(rank). The rule is that of NumPy's manual, "General broadcasting rules".
    """
    rank = max(len(left), len(right))
    sizes: list[Dimension] = []
    doubts: dict[int, str] = {}
    for axis in range(-rank, 0):
        one = left[axis] if -axis <= len(left) else 1
        other = right[axis] if -axis <= len(right) else 1
        size, doubt = _stretched(one, other)
        sizes.append(size)
        if doubt:
            doubts[axis] = doubt
    return tuple(sizes), doubts


def _stretched(left: Dimension, right: Dimension) -> tuple[Dimension, str]:
    """The size that two sizes stretch to, and what is in doubt about it: nothing, if ""."""
    if left == 1 or left == right:
        return right, ""
    if right == 1:
        return left, ""
    if left is None or right is None:
        return right if left is None else left, "test"
    return None, "never" if _always_differ(left, right) else "unproven"


def _always_differ(left: Size, right: Size) -> bool:
    """Whether no sizes that the names could stand for make the two equal, or one of them 1.

    What both sums have in common is taken away. If one of them has nothing left but the smaller
    number, the other one is larger, whatever its names are. Names are at least 0.
    """
    if _can_be_one(left) or _can_be_one(right):
        return False
    (names, number), (others, other) = terms(left), terms(right)
    more, fewer = Counter(names) - Counter(others), Counter(others) - Counter(names)
    return (not fewer and number > other) or (not more and other > number)


def _can_be_one(size: Size) -> bool:
    names, number = terms(size)
    return number <= 1 if names else number == 1
