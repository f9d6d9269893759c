"""Checks that count what code costs that Numba compiled."""
