"""Clocks, and verdicts on speed that hold on a noisy machine."""
