# ---- ch06-parallel-copies ----
from typing import NamedTuple


class Move(NamedTuple):
    to: int
    source: int


def parallel_copies(moves: Mapping[int, int], scratch: int) -> list[tuple[int, int]]:
    """Moves `(to, from)` that, one after the other, do what `moves` says should happen at once.

    `moves[to] = from` for registers by number: every `to` receives what `from` held before all of
    it. `scratch` is a register that occurs in no move, and may be overwritten. No list is shorter:
    a move for each register that changes, and one more for each cycle in which every register has
    just one receiver. O(moves).

    A register that nobody waits to read may be overwritten. When there is none, cycles are left,
    and one of a cycle's registers is saved to open it (Boissinot and others, "Revisiting
    Out-of-SSA Translation", 2009, algorithm 1).
    """
    moves = {to: source for to, source in moves.items() if to != source}
    holder = {source: source for source in moves.values()}  # where what it held is now
    ready = [to for to in moves if to not in holder]  # nobody reads them
    pending = list(moves)
    written: set[int] = set()
    done: list[tuple[int, int]] = []
    while ready or pending:
        if ready:
            to = ready.pop()
            source = moves[to]
            done.append(Move(to, holder[source]))
            written.add(to)
            if source in moves and holder[source] == source:
                # `to` has it for good now, and the others read it there: the source is free.
                holder[source] = to
                ready.append(source)
        elif (start := pending.pop()) not in written:  # only cycles are left, and it is in one
            done.append(Move(scratch, start))
            holder[start] = scratch
            ready.append(start)
    return done
