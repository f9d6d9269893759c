"""LLVM from the inside: passes in C++ that opt loads, and what LLVM IR means, in Python."""
