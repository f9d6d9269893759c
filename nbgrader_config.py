"""This repository is an nbgrader course: solutions/ is the source, exercises/ the release."""

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions

from autograder.course import cleared

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = "ai-compiler-engineer"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.toml"]
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
c.GenerateAssignment.preprocessors = [  # a cell in C++ has a stub in C++
    cleared.ClearSolutions if step is ClearSolutions else step
    for step in GenerateAssignment().preprocessors
]
c.Execute.timeout = 300  # seconds a cell: speed tests take longer than the default 30
