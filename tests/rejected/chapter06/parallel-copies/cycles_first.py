# fails: speed
# says: number of moves
# Right, but opens a cycle by the scratch register even where a copy of one of its values is outside.
def parallel_copies(moves: Mapping[int, int], scratch: int) -> list[tuple[int, int]]:
    moves = {to: source for to, source in moves.items() if to != source}
    done: list[tuple[int, int]] = []
    while moves:
        readers = set(moves.values())
        cyclic = set()
        for start in moves:
            path = [start]
            while path[-1] in moves and moves[path[-1]] not in path:
                path.append(moves[path[-1]])
            if moves.get(path[-1]) == start:
                cyclic.update(path)
        ready = [] if cyclic and scratch not in readers else [to for to in moves if to not in readers]
        if ready:
            to = ready[0]
            done.append((to, moves.pop(to)))
        else:
            start = next(iter(cyclic))
            done.append((scratch, start))
            moves = {to: scratch if source == start else source for to, source in moves.items()}
    return done
