# ---- ch05-control-flow-graph ----
import mymod


def control_flow_graph(func):
    return mymod.mine(func)
