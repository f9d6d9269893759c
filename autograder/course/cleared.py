"""nbgrader's ClearSolutions for a notebook whose cells are in two languages.

nbgrader knows one stub for a whole notebook. A `%%cpp` cell gets the one that C++ can read. Both
autograder's release and nbgrader's own (nbgrader_config.py) clear solutions with this.
"""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import ClearSolutions as NbgraderClearSolutions

from autograder.course import cpp_cell


class ClearSolutions(NbgraderClearSolutions):
    """The solution region of a `%%cpp` cell becomes C++'s stub, that of any other cell Python's."""

    def _replace_solution_region(self, cell: Any, language: str) -> bool:
        if cell.cell_type != "code" or cpp_cell.header_in(cell.source) is None:
            return super()._replace_solution_region(cell, language)
        stubs: Any = self.code_stub
        self.code_stub = {**stubs, language: cpp_cell.STUB}
        try:
            return super()._replace_solution_region(cell, language)
        finally:
            self.code_stub = stubs
