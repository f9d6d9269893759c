# ---- ch05-dominators ----
import sys, threading
def immediate_dominators(successors):
    """Depth first by recursion, on a stack of 256 MB."""
    if not successors:
        return []
    postorder, seen, result = [], set(), [None] * len(successors)
    def visit(block):
        seen.add(block)
        for target in successors[block]:
            if target not in seen:
                visit(target)
        postorder.append(block)
    def work():
        visit(0)
        number = {block: at for at, block in enumerate(postorder)}
        before = {block: [] for block in postorder}
        for block in postorder:
            for target in successors[block]:
                before[target].append(block)
        idom = {0: 0}
        changed = True
        while changed:
            changed = False
            for block in postorder[-2::-1]:
                new = None
                for p in before[block]:
                    if p in idom:
                        if new is None:
                            new = p
                        else:
                            other = p
                            while new != other:
                                while number[new] < number[other]:
                                    new = idom[new]
                                while number[other] < number[new]:
                                    other = idom[other]
                if idom.get(block) != new:
                    idom[block] = new
                    changed = True
        for block in postorder[:-1]:
            result[block] = idom[block]
    sys.setrecursionlimit(1_000_000)
    threading.stack_size(256 << 20)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return result
