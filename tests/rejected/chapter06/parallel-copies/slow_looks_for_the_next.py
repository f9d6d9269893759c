# fails: speed
# says: grew
# Looks through all moves for one that is ready, after each move.
def parallel_copies(moves: Mapping[int, int], scratch: int) -> list[tuple[int, int]]:
    moves = {to: source for to, source in moves.items() if to != source}
    done: list[tuple[int, int]] = []
    while moves:
        readers = set(moves.values())
        ready = [to for to in moves if to not in readers]
        if ready:
            to = ready[0]
            source = moves.pop(to)
            done.append((to, source))
            if source in moves and source != scratch:  # the others read it where it is safe now
                moves = {t: to if s == source else s for t, s in moves.items()}
        else:
            start = next(iter(moves))
            done.append((scratch, start))
            moves = {to: scratch if source == start else source for to, source in moves.items()}
    return done
