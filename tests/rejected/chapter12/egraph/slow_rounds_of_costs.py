# fails: speed
# says: CPU time grew
# Classes as they should be, and then the costs by going through all nodes until none gets cheaper.
def cheapest(nodes, equal, costs):
    parent, numbers = list(range(len(nodes))), {}
    users: list[list[int]] = [[] for _ in nodes]
    for number, (_, *children) in enumerate(nodes):
        for child in children:
            users[child].append(number)

    def find(number):
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    def look_up(number):
        label, *children = nodes[number]
        return numbers.setdefault((label, *map(find, children)), number), number

    todo = [*equal, *map(look_up, range(len(nodes)))]
    while todo:
        one, other = map(find, todo.pop())
        if one == other:
            continue
        if len(users[one]) < len(users[other]):
            one, other = other, one
        parent[other] = one
        todo += map(look_up, users[other])
        users[one] += users[other]
        users[other] = []
    leaders = list(map(find, range(len(nodes))))
    best = [(float("inf"), -1)] * len(nodes)
    changed = True
    while changed:
        changed = False
        for number, (_, *children) in enumerate(nodes):
            cost = costs[number] + sum(best[leaders[child]][0] for child in children)
            if cost < best[leaders[number]][0]:
                best[leaders[number]], changed = (cost, number), True
    return [best[leader][1] for leader in leaders]
