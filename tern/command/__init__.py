"""What `python -m tern` does: it prints a stage of a program, or runs one of its functions."""
