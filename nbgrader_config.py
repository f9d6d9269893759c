"""This repository is an nbgrader course: solutions/ is the source, exercises/ the release."""

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = "ai-compiler-engineer"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.toml"]
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
c.Execute.timeout = 300  # seconds a cell: speed tests take longer than the default 30
