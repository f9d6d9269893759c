# fails: speed
# says: n log n|bar|too long|still running
# Union-find without either of its two ideas.
def unify(
    equations: Sequence[tuple[Dimension, Dimension]], fixed: Collection[str] = ()
) -> tuple[dict[str, Size], list[list[int]]]:
    """What each name must be if the equations are to hold, and the conflicts.

    Both sides of an equation are sizes: a number; a name in `fixed`, which is as firm as a number
    and equal to itself alone; any other name, which may stand for anything. An equation with an
    unknown side, None, says nothing.

    The first result says for each name that isn't fixed, in the order of the equations, what it is:
    the number or fixed name that it is equal to, else the first name that it is equal to. An
    equation that would make two different firm sizes equal is a conflict, and says nothing
    otherwise. The second result explains each: the numbers of the equations, in order, that lead
    from one firm size to the other. An equation that follows from earlier ones is no reason.

    O(n log n) for n equations, and for each conflict the height of a tree of reasons.

    Source: Tarjan, Efficiency of a Good But Not Linear Set Union Algorithm (1975); the reasons are
    the proof forest of Nieuwenhuis and Oliveras, Proof-Producing Congruence Closure (2005).
    """
    leader: dict[Size, Size] = {}  # towards the leader of a size's class
    members: dict[Size, int] = {}  # of a leader: how many sizes its class has
    firm: dict[Size, Size] = {}  # of a leader: the number or fixed name in its class
    because: dict[Size, tuple[Size, int]] = {}  # towards the root: the next size, the equation
    conflicts: list[list[int]] = []
    for number, (left, right) in enumerate(equations):
        if left is None or right is None:
            continue
        for size in (left, right):
            if size not in leader:
                leader[size], members[size] = size, 1
                if isinstance(size, int) or size in fixed:
                    firm[size] = size
        one, other = _find(leader, left), _find(leader, right)
        if one == other:
            continue
        if one in firm and other in firm:
            there, back = _path(because, firm[one], left), _path(because, right, firm[other])
            conflicts.append([*there, number, *back])
            continue
        if False:  # the smaller class joins the larger one
            one, other, left, right = other, one, right, left
        _make_root(because, left)
        because[left] = (right, number)
        leader[one] = other
        members[other] += members.pop(one)
        if one in firm:
            firm[other] = firm.pop(one)
    sizes: dict[str, Size] = {}
    first: dict[Size, Size] = dict(firm)  # of a leader: what its class is called
    for size in leader:
        if isinstance(size, str) and size not in fixed:
            sizes[size] = first.setdefault(_find(leader, size), size)
    return sizes, conflicts


def _find(leader: dict[Size, Size], size: Size) -> Size:
    """The leader of a size's class; every step of the way is made half as long (path halving)."""
    while (above := leader[size]) != size:
        size = above
    return size


def _make_root(because: dict[Size, tuple[Size, int]], size: Size) -> None:
    """Turn the edges of a tree of reasons around, so that they lead to this size."""
    edge = because.pop(size, None)
    while edge is not None:
        above, number = edge
        edge = because.pop(above, None)
        because[above] = (size, number)
        size = above


def _path(because: dict[Size, tuple[Size, int]], start: Size, end: Size) -> list[int]:
    """The equations on the way between two sizes of one tree, from the first to the second."""
    at = {start: 0}  # how many steps from the start
    numbers: list[int] = []
    while start in because:
        start, number = because[start]
        numbers.append(number)
        at[start] = len(numbers)
    back: list[int] = []
    while end not in at:
        end, number = because[end]
        back.append(number)
    return numbers[: at[end]] + back[::-1]
