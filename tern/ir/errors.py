"""What can go wrong with IR: it breaks a rule, or it cannot be evaluated."""

from __future__ import annotations

from tern.errors import TernError


class VerifyError(TernError, ValueError):
    """The IR breaks a rule of its own form."""


class EvaluationError(TernError, ArithmeticError):
    """Running the program reached something that has no defined result."""


class OutOfSteps(EvaluationError):
    """The program had not ended after as many operations as it was given."""
