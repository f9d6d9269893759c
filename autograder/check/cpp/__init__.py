"""Checks of a header in C++ that a `%%cpp` cell holds: tests, sanitizers, and counted costs."""
