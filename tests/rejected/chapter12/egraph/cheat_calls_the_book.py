# fails: tests
# says: switched off
def cheapest(nodes, equal, costs):
    return tern.rewrite.cheapest(nodes, equal, costs)
