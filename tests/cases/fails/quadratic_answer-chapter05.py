# earns 10
# ---- ch05-dominators ----
from dataclasses import dataclass, field
from functools import cached_property

@dataclass(slots=False)
class Graph:
    """A control flow graph and its reverse postorder."""
    successors: list[list[int]]
    order: list[int] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        seen, stack = {0}, [(0, iter(self.successors[0]))]
        while stack:
            block, rest = stack[-1]
            for target in rest:
                if target not in seen:
                    seen.add(target)
                    stack.append((target, iter(self.successors[target])))
                    break
            else:
                self.order.append(block)
                stack.pop()

    @cached_property
    def number(self) -> dict[int, int]:
        return {block: at for at, block in enumerate(self.order)}

    @property
    def predecessors(self):
        found: dict[int, list[int]] = {block: [] for block in self.order}
        for block in self.order:
            for target in self.successors[block]:
                found[target].append(block)
        return found

class Dominators:
    """Cooper, Harvey, and Kennedy."""
    @staticmethod
    def meet(a, b, idom):
        while a != b:
            while a < b:
                a = idom[a]
            while b < a:
                b = idom[b]
        return a

    def __call__(self, successors):
        if not successors:
            return []
        graph = Graph(successors)
        last = len(graph.order) - 1
        idom: list[int | None] = [None] * last + [last]
        before = [[graph.number[p] for p in graph.predecessors[b]] for b in graph.order]
        changed = True
        while changed:
            changed = False
            for at in range(last - 1, -1, -1):
                new = None
                for p in before[at]:
                    if idom[p] is not None:
                        new = p if new is None else self.meet(p, new, idom)
                if (changed_here := idom[at] != new):
                    idom[at], changed = new, changed or changed_here
        result: list[int | None] = [None] * len(successors)
        for at, block in enumerate(graph.order[:-1]):
            result[block] = graph.order[idom[at]]
        return result

immediate_dominators = Dominators()
