# fails: tests
# says: 0 - 0 would be 0
def run(code, values):
    stack = []
    try:
        for name, *argument in code:
            if name == "push":
                stack.append(argument[0])
            elif name == "load":
                stack.append(values[argument[0]])
            elif name == "neg":
                stack.append(0.0 - stack.pop())
            else:
                right = stack.pop()
                stack.append(ARITHMETIC[name](stack.pop(), right))
    except IndexError:
        raise ValueError("the stack is empty") from None
    if len(stack) != 1:
        raise ValueError("not one number")
    return stack[0]
