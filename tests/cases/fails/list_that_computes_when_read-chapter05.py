# ---- ch05-dominators ----
# BOOK chapter05 dominators
book, immediate_dominators = immediate_dominators, None
class Later(list):
    """The work is done when the list is written down, after the clock has stopped."""
    def __init__(self, graph):
        super().__init__([None] * len(graph))
        self.graph = graph
    def work(self):
        for again in range(40):
            book(self.graph)
        self[:] = book(self.graph)
    def __iter__(self):
        self.work()
        return super().__iter__()
    def __len__(self):
        self.work()
        return super().__len__()
def immediate_dominators(graph):
    return Later(graph)
