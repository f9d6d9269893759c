"""A hot plate that cools, in two layouts: what the order of data and of loops costs.

Importing this package imports Numba. A kernel compiles when it is first called.
"""

from tern.workshop.layout.plate import FIELDS, smooth_plate, smooth_structs

__all__ = ["FIELDS", "smooth_plate", "smooth_structs"]
