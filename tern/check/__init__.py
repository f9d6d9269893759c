"""Names, types and shapes of a program."""

from tern.check.context import Alone, Context
from tern.check.expressions import infer
from tern.check.facts import Checked, Signature, Variable
from tern.check.scopes import resolve
from tern.check.statements import check_program
from tern.check.surface import spell

check = check_program

__all__ = [
    "Alone",
    "Checked",
    "Context",
    "Signature",
    "Variable",
    "check",
    "check_program",
    "infer",
    "resolve",
    "spell",
]
