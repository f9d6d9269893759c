# fails: tests
# says: expected ValueError, got IndexError
def run(code, values):
    stack = []
    for name, *argument in code:
        if name == "push":
            stack.append(argument[0])
        elif name == "load":
            stack.append(values[argument[0]])
        elif name == "neg":
            stack.append(-stack.pop())
        else:
            right = stack.pop()
            stack.append(ARITHMETIC[name](stack.pop(), right))
    if len(stack) != 1:
        raise ValueError("not one number")
    return stack[0]
