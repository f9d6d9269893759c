# ---- ch05-control-flow-graph ----
code = "if 0: pass\n" + "".join(f"elif x == {at}: pass\n" for at in range(40_000))
def control_flow_graph(func):
    x = 1
    exec(code)
    return eval("-" * 200_000 + "1")
