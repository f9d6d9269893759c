# ---- ch05-dominators ----
import importlib.util, sys
def loaded(name):
    spec = importlib.util.find_spec(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
immediate_dominators = loaded("tern.ir.dominance").immediate_dominators
