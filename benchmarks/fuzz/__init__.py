"""Random programs, each of which two that know nothing of each other say the meaning of.

    python -m benchmarks.fuzz                          # every family, 20,000 programs together
    python -m benchmarks.fuzz machine llvm-ir --count 500 --seed 7

A family is a generator and whoever judges what it draws: tern's interpreter and a target, a
frontend and the tool that its text came from, a pass and the program before it, an automaton and
Python's `re`. Where two disagree, the program is made smaller as long as they do, and written to a
file with the command that draws it again.
"""
