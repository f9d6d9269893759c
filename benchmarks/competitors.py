"""Processes that keep a machine busy while something is measured on it."""

COMPETITORS = {
    "core": "while True: sum(range(10_000))",
    "memory": "import numpy\na, b = numpy.ones(8 << 20), numpy.ones(8 << 20)\nwhile True: b[:] = a",
}
