# fails: tests
# says: Two numbers are left
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
                right = stack.pop()
                stack.append(ARITHMETIC[name](stack.pop(), right))
        return stack.pop()
    except IndexError:
        raise ValueError("the stack is empty") from None
