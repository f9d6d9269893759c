# fails: speed
# says: bar 3×|grows
def hot_spots(events, share=0.8):
    if not 0 < share <= 1:
        raise ValueError("share must be above 0 and at most 1")
    own = {}
    numbered = list(enumerate(events))
    for number, (name, thread, start, duration) in numbered:
        own[name] = own.get(name, 0) + duration
        around = [
            (d, -n, other) for n, (other, t, s, d) in numbered
            if t == thread and s <= start and start + duration <= s + d
            and (d > duration or (s == start and d == duration and n < number))
        ]
        if around:
            parent = min(around)[2]
            own[parent] = own.get(parent, 0) - duration
    wanted, reached, found = share * sum(own.values()), 0, []
    for name, time in sorted(own.items(), key=lambda item: (-item[1], item[0])):
        if reached >= wanted or time == 0:
            break
        found.append((name, time))
        reached += time
    return found
