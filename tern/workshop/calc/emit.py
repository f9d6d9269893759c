"""Stack code to LLVM IR, by running it on names instead of numbers."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tern.parts import part
from tern.workshop.calc.postfix import Code


def literal(number: float) -> str:
    """A double as LLVM writes it exactly, by its bits: 1.0 is 0x3FF0000000000000."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"


@part("workshop.calc.emit_llvm")
def emit_llvm(code: Code, parameters: Sequence[str], name: str = "f") -> str:
    """LLVM IR of a function of doubles that computes what stack code computes. O(length).

    The parameters, and no other variables, may be in the code; the parameter x is %x. Each
    operation becomes one instruction, fadd, fsub, fmul, fdiv, or fneg, whose result is a fresh
    name, and nothing else does:

        define double @f(double %x) {
          %1 = fmul double %x, %x
          ret double %1
        }
    """
    lines: list[str] = []
    stack: list[str] = []
    for operation, *argument in code:
        if operation == "push":
            stack.append(literal(argument[0]))
        elif operation == "load":
            stack.append(f"%{argument[0]}")
        else:
            count = 1 if operation == "neg" else 2
            operands = ", ".join(stack[-count:])
            del stack[-count:]
            stack.append(f"%{len(lines) + 1}")
            lines.append(f"  {stack[-1]} = f{operation} double {operands}")
    arguments = ", ".join(f"double %{parameter}" for parameter in parameters)
    body = "\n".join([*lines, f"  ret double {stack.pop()}"])
    return f"define double @{name}({arguments}) {{\n{body}\n}}\n"
