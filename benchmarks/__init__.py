"""What is measured, apart from the tests: each module is a command, `python -m benchmarks.NAME`."""
