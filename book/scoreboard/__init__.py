"""One workload through every compiler of the book: `python -m book.scoreboard`."""
