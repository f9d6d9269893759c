"""Grading: the tests run here, and the reader's code in a worker."""
