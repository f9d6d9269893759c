# fails: speed
# says: bar 6×
def run(code, values):
    stack = []
    try:
        for name, *argument in code:
            if name == "push":
                stack.insert(0, argument[0])
            elif name == "load":
                stack.insert(0, values[argument[0]])
            elif name == "neg":
                stack.insert(0, -stack.pop(0))
            else:
                right = stack.pop(0)
                stack.insert(0, ARITHMETIC[name](stack.pop(0), right))
    except IndexError:
        raise ValueError("the stack is empty") from None
    if len(stack) != 1:
        raise ValueError("not one number")
    return stack[0]
