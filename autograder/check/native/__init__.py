"""Checks that count what native code costs."""
