"""Checks of modules of MLIR that a reader's function makes: what they hold, compute, and cost."""
