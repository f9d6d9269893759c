"""Checks of Triton kernels."""
