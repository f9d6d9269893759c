# fails: tests
# says: switched off
from tern.workshop.frameworks import fx_passes


def simplify(module):
    return fx_passes.simplify(module)
