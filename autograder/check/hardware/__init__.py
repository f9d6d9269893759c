"""Checks of what models hardware."""
