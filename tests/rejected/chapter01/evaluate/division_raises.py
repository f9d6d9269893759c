# fails: tests
# says: ZeroDivisionError
def evaluate(tree, values):
    match tree:
        case ("add", a, b):
            return evaluate(a, values) + evaluate(b, values)
        case ("sub", a, b):
            return evaluate(a, values) - evaluate(b, values)
        case ("mul", a, b):
            return evaluate(a, values) * evaluate(b, values)
        case ("div", a, b):
            return evaluate(a, values) / evaluate(b, values)
        case ("neg", a):
            return -evaluate(a, values)
    return values[tree] if isinstance(tree, str) else tree
