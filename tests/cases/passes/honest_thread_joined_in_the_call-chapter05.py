# ---- ch05-control-flow-graph ----
import threading
def control_flow_graph(func):
    blocks = func.body.blocks
    result = []
    def work():
        number = {block: at for at, block in enumerate(blocks)}
        for block in blocks:
            if not block.operations:
                result.append([])
            else:
                result.append([*dict.fromkeys(number[b] for b, _ in block.terminator.successors)])
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return result
