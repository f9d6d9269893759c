"""What the exercises on rewriting are judged by: chains, endless patterns, programs, counts."""

from tern.rewrite.samples import (
    chain,
    ping_pong,
    random_arguments,
    random_expressions,
    unwinding,
)
from tern.workshop.rewriting.counting import Asked, Compiled
from tern.workshop.rewriting.many import many_rules, program_for_many
from tern.workshop.rewriting.peepholes import peepholes
from tern.workshop.rewriting.suite import (
    SUITE,
    left,
    left_of_all,
    program,
    varied,
    without_end,
    wrong_with,
)
from tern.workshop.rewriting.written import PING_PONG, WRITTEN, only_user

__all__ = [
    "PING_PONG",
    "SUITE",
    "WRITTEN",
    "Asked",
    "Compiled",
    "chain",
    "left",
    "left_of_all",
    "many_rules",
    "only_user",
    "peepholes",
    "ping_pong",
    "program",
    "program_for_many",
    "random_arguments",
    "random_expressions",
    "unwinding",
    "varied",
    "without_end",
    "wrong_with",
]
