# fails: tests
# says: the one of its name
def emit_llvm(code, parameters, name="f"):
    lines, stack = [], []
    for operation, *argument in code:
        if operation == "push":
            stack.append(literal(argument[0]))
        elif operation == "load":
            stack.append(f"%{argument[0]}")
        elif operation == "neg":
            lines.append(f"%{len(lines) + 1} = fsub double {literal(0.0)}, {stack.pop()}")
            stack.append(f"%{len(lines)}")
        else:
            right, left = stack.pop(), stack.pop()
            lines.append(f"%{len(lines) + 1} = f{operation} double {left}, {right}")
            stack.append(f"%{len(lines)}")
    header = f"define double @{name}(" + ", ".join(f"double %{p}" for p in parameters) + ") {"
    return "\n".join([header, *lines, f"ret double {stack.pop()}", "}"])
