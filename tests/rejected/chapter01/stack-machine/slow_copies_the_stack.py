# fails: speed
# says: bar 6×
def run(code, values):
    stack = []
    for name, *argument in code:
        if name == "push":
            stack = stack + [argument[0]]
        elif name == "load":
            stack = stack + [values[argument[0]]]
        else:
            count = 1 if name == "neg" else 2
            if len(stack) < count:
                raise ValueError("too few numbers")
            stack = stack[:-count] + [ARITHMETIC[name](*stack[-count:])]
    if len(stack) != 1:
        raise ValueError("not one number")
    return stack[0]
