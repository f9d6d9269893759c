"""LLVM IR to machine code in this process, with llvmlite. Imported only when it is asked for."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence

import llvmlite.binding as llvm
import numpy as np


class Native:
    """A function of doubles in machine code.

    Called with numbers it gives a number; `over(*arrays)` computes one result for each element of
    float64 arrays of equal shape. `assembly` is the code as text.
    """

    def __init__(self, text: str, parameters: Sequence[str], name: str = "f") -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine(
            cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
        )
        module = llvm.parse_assembly(text + _loop(name, len(parameters)))
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
        self.assembly = _only(machine.emit_assembly(module), name)
        self.engine = llvm.create_mcjit_compiler(module, machine)  # keeps the code alive
        self.engine.finalize_object()
        doubles = [ctypes.c_double] * len(parameters)
        address = self.engine.get_function_address
        self.call: Callable[..., float] = ctypes.CFUNCTYPE(ctypes.c_double, *doubles)(address(name))
        pointers = [ctypes.c_void_p] * (1 + len(parameters))
        self.loop = ctypes.CFUNCTYPE(None, ctypes.c_int64, *pointers)(address(f"{name}.loop"))

    def __call__(self, *numbers: float) -> float:
        return self.call(*numbers)

    def over(self, *arrays: np.ndarray) -> np.ndarray:
        arrays = tuple(np.ascontiguousarray(array, np.float64) for array in arrays)
        out = np.empty_like(arrays[0])
        if any(array.shape != out.shape for array in arrays):
            raise ValueError("the arrays have different shapes")
        self.loop(out.size, out.ctypes.data, *[array.ctypes.data for array in arrays])
        return out


def _loop(name: str, count: int) -> str:
    """A function that calls @name once for each element of its arrays."""
    arrays = ", ".join(f"ptr noalias %a{i}" for i in range(count))
    loads = "".join(
        f"  %p{i} = getelementptr double, ptr %a{i}, i64 %at\n  %x{i} = load double, ptr %p{i}\n"
        for i in range(count)
    )
    values = ", ".join(f"double %x{i}" for i in range(count))
    return f"""
define void @"{name}.loop"(i64 %count, ptr noalias %out{", " if count else ""}{arrays}) {{
  %some = icmp sgt i64 %count, 0
  br i1 %some, label %again, label %end
again:
  %at = phi i64 [ 0, %0 ], [ %next, %again ]
{loads}  %y = call double @{name}({values})
  %q = getelementptr double, ptr %out, i64 %at
  store double %y, ptr %q
  %next = add i64 %at, 1
  %more = icmp slt i64 %next, %count
  br i1 %more, label %again, label %end
end:
  ret void
}}
"""


def _only(assembly: str, name: str) -> str:
    """The instructions of one function, without directives and comments."""
    lines, inside = [], False
    for line in assembly.splitlines():
        code = re.split(r"\s*(?:##|#\s|//|;)", line)[0].rstrip()  # not Arm's #-5.0
        if code.endswith(":") and not code.startswith((".", " ", "\t")):
            inside = code[:-1] in (name, f"_{name}")  # macOS adds a _
        elif inside and code.startswith("\t") and not code.strip().startswith("."):
            lines.append(code.strip().replace("\t", " "))
    return "\n".join(lines)
