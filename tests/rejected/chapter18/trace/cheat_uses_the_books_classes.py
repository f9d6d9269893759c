# fails: tests
# says: switched off
from tern.workshop.xla import tracer


def trace(function, *types):
    return tracer._Trace(None, types).run(function).jaxpr
