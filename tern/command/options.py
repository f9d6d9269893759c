"""What options of the command line take: flags, numbers, sizes. ArgumentTypeError if not."""

from __future__ import annotations

import argparse

from tern.command.loops import FASTMATH


def flags(text: str) -> tuple[str, ...]:
    flags = tuple(text.split(","))
    if not set(flags) <= set(FASTMATH):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(FASTMATH)}, not {text!r}")
    return flags


def number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1024):
        raise argparse.ArgumentTypeError(f"expected a number of threads, not {text!r}")
    return int(text)


def sizes(text: str) -> list[int]:
    if not all(size.isascii() and size.isdigit() for size in text.split(",")):
        raise argparse.ArgumentTypeError(f"expected sizes, such as 64,64,64, not {text!r}")
    return [int(size) for size in text.split(",")]


def named_sizes(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in text.split(","):
        name, _, size = part.partition("=")
        if not (name.isidentifier() and size.isascii() and size.isdigit()):
            raise argparse.ArgumentTypeError(f"expected sizes, such as n=64,m=48, not {text!r}")
        found[name] = int(size)
    return found
