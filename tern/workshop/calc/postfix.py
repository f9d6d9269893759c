"""Stack code: an expression in postfix order, and the machine that runs it.

Postfix is Łukasiewicz's notation of 1924 turned around, and stack machines run it at least
since C. L. Hamblin's GEORGE (1957). CPython, the JVM, and WebAssembly are stack machines.
"""

from __future__ import annotations

from collections.abc import Mapping

from tern.parts import part
from tern.workshop.calc.arithmetic import ARITHMETIC
from tern.workshop.calc.syntax import Tree

Instruction = tuple
Code = list[Instruction]


@part("workshop.calc.compile_to_stack")
def compile_to_stack(tree: Tree) -> Code:
    """The stack code of a tree: operands before their operation. O(size).

    A number is ("push", number), a variable ("load", name), and an
    operation ("add",), ("sub",), ("mul",), ("div",), or ("neg",). Operands
    go from left to right. A tree may be 150 levels deep.
    """
    code: Code = []
    work = [tree]
    while work:  # from the end of the code to its beginning: at any depth
        node = work.pop()
        if isinstance(node, tuple):
            operation, *operands = node
            code.append((operation,))
            work.extend(operands)
        else:
            code.append(("load" if isinstance(node, str) else "push", node))
    code.reverse()
    return code


@part("workshop.calc.run")
def run(code: Code, values: Mapping[str, float]) -> float:
    """Run stack code, with `values` for its variables. O(length).

    Each instruction pushes one number: what it says, the value of a
    variable, or the result of an operation on the one (neg) or two numbers
    that it takes off the stack. Gives the number that is left.

    Raises:
        KeyError: a variable has no value.
        ValueError: an operation finds too few numbers on the stack, or not
            exactly one number is left at the end.
    """
    stack: list[float] = []
    push, pop = stack.append, stack.pop
    name = ""
    try:
        for instruction in code:
            name = instruction[0]
            if name == "push":
                push(instruction[1])
            elif name == "load":
                push(values[instruction[1]])
            elif name == "neg":
                push(-pop())
            else:
                right = pop()
                push(ARITHMETIC[name](pop(), right))
    except IndexError:
        raise ValueError(f"{name} finds too few numbers on the stack") from None
    if len(stack) != 1:
        raise ValueError(f"the code leaves {len(stack)} numbers, not one")
    return stack[0]
