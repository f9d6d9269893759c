# fails: tests
# says: is possible|is equal to one|differs
# Only what the pairs say is merged, and nothing that follows.
def cheapest(nodes, equal, costs):
    parent = list(range(len(nodes)))

    def find(number):
        while parent[number] != number:
            number = parent[number]
        return number

    for one, other in equal:
        parent[find(one)] = find(other)
    best = {}
    for _ in nodes:
        for number, (label, *children) in enumerate(nodes):
            if all(find(child) in best for child in children):
                cost = costs[number] + sum(best[find(child)][0] for child in children)
                if find(number) not in best or cost < best[find(number)][0]:
                    best[find(number)] = cost, number
    return [best[find(number)][1] for number in range(len(nodes))]
