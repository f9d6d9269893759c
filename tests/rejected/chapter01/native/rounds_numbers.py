# fails: tests
# says: literal\(number\) is exact|nor a number
def emit_llvm(code, parameters, name="f"):
    lines, stack = [], []
    for operation, *argument in code:
        if operation == "push":
            stack.append(f"{argument[0]:.6f}")
        elif operation == "load":
            stack.append(f"%{argument[0]}")
        else:
            operands = [stack.pop() for _ in range(1 if operation == "neg" else 2)][::-1]
            stack.append(f"%{len(lines) + 1}")
            lines.append(stack[-1] + f" = f{operation} double " + ", ".join(operands))
    header = f"define double @{name}(" + ", ".join(f"double %{p}" for p in parameters) + ") {"
    return "\n".join([header, *lines, f"ret double {stack.pop()}", "}"])
