"""What can go wrong with IR: it breaks a rule, or it cannot be evaluated."""


class VerifyError(ValueError):
    """The IR breaks a rule of its own form."""


class EvaluationError(ArithmeticError):
    """Running the program reached something that has no defined result."""
