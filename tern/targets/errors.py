"""What keeps a function from having a form in a target's language, or from running there."""

from tern.errors import EmitError, TernError

__all__ = ["EmitError", "XlaError", "XlaMissing"]


class XlaMissing(TernError, ImportError):
    """The package jax is not there, or its release lacks a name that tern uses."""


class XlaError(TernError, ValueError):
    """StableHLO's verifier or XLA does not take a text, or did not survive it: in one line."""
