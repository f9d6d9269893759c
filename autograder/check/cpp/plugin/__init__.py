"""Checks of passes for LLVM in C++, which opt loads as plugins."""
