"""Names, types and shapes of a program."""

from tern.check.facts import Checked, Signature, Variable
from tern.check.statements import check
from tern.check.surface import spell

__all__ = ["Checked", "Signature", "Variable", "check", "spell"]
