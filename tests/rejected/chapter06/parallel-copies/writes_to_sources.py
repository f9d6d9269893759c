# fails: tests
# says: overwritten
# Swaps by exclusive or's cousin: uses a free source register as a second scratch register.
def parallel_copies(moves: Mapping[int, int], scratch: int) -> list[tuple[int, int]]:
    moves = {to: source for to, source in moves.items() if to != source}
    done: list[tuple[int, int]] = []
    while moves:
        readers = set(moves.values())
        ready = [to for to in moves if to not in readers]
        if ready:
            to = ready[0]
            done.append((to, moves.pop(to)))
        else:
            start = next(iter(moves))
            done.append((scratch + 1, start))
            done.append((scratch, scratch + 1))
            moves = {to: scratch if source == start else source for to, source in moves.items()}
    return done
