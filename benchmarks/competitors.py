"""Processes that keep a machine busy, and end with their parent."""

_WHILE = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: "
COMPETITORS = {
    "core": f"{_WHILE}sum(range(10_000))",
    "memory": f"import numpy\na, b = numpy.ones(8 << 20), numpy.ones(8 << 20)\n{_WHILE}b[:] = a",
}
