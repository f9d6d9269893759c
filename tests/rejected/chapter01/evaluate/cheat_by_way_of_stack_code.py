# fails: tests
# says: compile_to_stack
def evaluate(tree, values):
    return calc.run(calc.compile_to_stack(tree), values)
