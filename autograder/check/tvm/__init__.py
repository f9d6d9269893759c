"""Checks of TVM schedules."""
