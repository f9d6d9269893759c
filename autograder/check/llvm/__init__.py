"""Checks of LLVM IR that a reader's function makes: what it computes as machine code."""
