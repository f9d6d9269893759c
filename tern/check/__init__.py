"""Names, types and shapes of a program."""

from tern.check.context import Context
from tern.check.expressions import infer
from tern.check.facts import Checked, Signature, Variable
from tern.check.scopes import resolve
from tern.check.statements import check
from tern.check.surface import spell

__all__ = ["Checked", "Context", "Signature", "Variable", "check", "infer", "resolve", "spell"]
