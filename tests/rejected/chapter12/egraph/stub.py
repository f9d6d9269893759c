# fails: tests
# says: NotImplementedError
def cheapest(nodes, equal, costs):
    raise NotImplementedError()
