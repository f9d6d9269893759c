"""The one base of everything that tern raises about a program or a command."""


class TernError(Exception):
    """A program, or what was asked of it, is wrong; `str()` says how.

    Each also derives from the built-in error that it is a kind of, such as ValueError.
    """

    exit_code = 1  # of `python -m tern`, when the error ends it

    def report(self) -> str:
        """What the command line prints."""
        return f"tern: {self}"
