# fails: tests
# says: switched off
from tern.workshop import frameworks


def capture(function, *arguments):
    return frameworks.capture(function, *arguments)
