# fails: tests
# says: the longer one is outside
def hot_spots(events, share=0.8):
    if not 0 < share <= 1:
        raise ValueError("share must be above 0 and at most 1")
    own, stack = {}, []
    for name, thread, start, duration in sorted(events, key=lambda e: (e[1], e[2])):
        end = start + duration
        while stack and (stack[-1][1] != thread or stack[-1][2] < end):
            stack.pop()
        if stack:
            own[stack[-1][0]] -= duration
        own[name] = own.get(name, 0) + duration
        stack.append((name, thread, end))
    wanted, reached, found = share * sum(own.values()), 0, []
    for name, time in sorted(own.items(), key=lambda item: (-item[1], item[0])):
        if reached >= wanted or time == 0:
            break
        found.append((name, time))
        reached += time
    return found
