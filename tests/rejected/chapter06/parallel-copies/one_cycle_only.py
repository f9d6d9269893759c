# fails: tests
# says: nobody waits to read|ends with
# Right for one cycle: of two, the second finds the scratch register full.
def parallel_copies(moves: Mapping[int, int], scratch: int) -> list[tuple[int, int]]:
    moves = {to: source for to, source in moves.items() if to != source}
    done: list[tuple[int, int]] = []
    saved: dict[int, int] = {}
    while moves:
        readers = set(moves.values())
        ready = [to for to in moves if to not in readers]
        if not ready:
            for start in list(moves):
                if start not in saved and not saved:
                    done.append((scratch, start))
                saved[start] = scratch
                break
            ready = [next(iter(moves))]
        to = ready[0]
        source = moves.pop(to)
        done.append((to, scratch if source in saved and source not in moves else source))
    return done
