"""The calculator of week 1: arithmetic from text to machine code, in five small steps.

A *tree* is plain data: a number is a float, a variable its name, and an operation a tuple of its
name and its operands. `3*x + 1` is ("add", ("mul", 3.0, "x"), 1.0). *Stack code* is the same in
postfix order, a list of instructions: ("push", 3.0), ("load", "x"), ("mul",), ("push", 1.0),
("add",). All numbers are IEEE doubles.
"""

from tern.workshop.calc.arithmetic import ARITHMETIC, divide
from tern.workshop.calc.emit import emit_llvm, literal
from tern.workshop.calc.evaluate import evaluate
from tern.workshop.calc.fold import fold
from tern.workshop.calc.llvm_text import check_llvm, instructions, run_llvm
from tern.workshop.calc.postfix import Code, Instruction, compile_to_stack, run
from tern.workshop.calc.syntax import Tree, parse, show, size, variables

__all__ = [
    "ARITHMETIC",
    "Code",
    "Instruction",
    "Tree",
    "check_llvm",
    "compile_to_stack",
    "divide",
    "emit_llvm",
    "evaluate",
    "fold",
    "instructions",
    "literal",
    "parse",
    "run",
    "run_llvm",
    "show",
    "size",
    "variables",
]
