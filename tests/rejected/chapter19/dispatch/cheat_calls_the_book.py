# fails: tests
# says: switched off
from tern.workshop import frameworks


def dispatch(program):
    return frameworks.dispatch(program)
