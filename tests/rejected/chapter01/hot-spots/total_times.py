# fails: tests
# says: step
def hot_spots(events, share=0.8):
    if not 0 < share <= 1:
        raise ValueError("share must be above 0 and at most 1")
    own = {}
    for name, _, _, duration in events:
        own[name] = own.get(name, 0) + duration
    wanted, reached, found = share * sum(own.values()), 0, []
    for name, time in sorted(own.items(), key=lambda item: (-item[1], item[0])):
        if reached >= wanted or time == 0:
            break
        found.append((name, time))
        reached += time
    return found
