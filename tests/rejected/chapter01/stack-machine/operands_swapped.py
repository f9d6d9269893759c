# fails: tests
# says: What is on top is the second operand
def run(code, values):
    stack = []
    try:
        for name, *argument in code:
            if name == "push":
                stack.append(argument[0])
            elif name == "load":
                stack.append(values[argument[0]])
            elif name == "neg":
                stack.append(-stack.pop())
            else:
                stack.append(ARITHMETIC[name](stack.pop(), stack.pop()))
    except IndexError:
        raise ValueError("the stack is empty") from None
    if len(stack) != 1:
        raise ValueError("not one number")
    return stack[0]
