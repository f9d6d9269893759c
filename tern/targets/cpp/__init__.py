"""C++: functions of loops over buffers as C++17 without headers, and what g++ or clang++ makes."""

from tern.targets.cpp.build import COMPILERS, CompilerError, compiler
from tern.targets.cpp.compile import compile_cpp, cpp_text
from tern.targets.cpp.loops import emit_cpp

__all__ = ["COMPILERS", "CompilerError", "compile_cpp", "compiler", "cpp_text", "emit_cpp"]
