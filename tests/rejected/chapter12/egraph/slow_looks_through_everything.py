# fails: speed
# says: CPU time grew
# All nodes are looked through again until nothing changes.
def cheapest(nodes, equal, costs):
    parent = list(range(len(nodes)))

    def find(number):
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for one, other in equal:
        parent[find(one)] = find(other)
    changed = True
    while changed:
        changed, known = False, {}
        for number, (label, *children) in enumerate(nodes):
            same = known.setdefault((label, *map(find, children)), number)
            if find(same) != find(number):
                parent[find(number)] = find(same)
                changed = True
    best = {}
    changed = True
    while changed:
        changed = False
        for number, (label, *children) in enumerate(nodes):
            found = [best.get(find(child)) for child in children]
            if None not in found:
                cost = costs[number] + sum(each[0] for each in found)
                if find(number) not in best or cost < best[find(number)][0]:
                    best[find(number)] = cost, number
                    changed = True
    return [best[find(number)][1] for number in range(len(nodes))]
