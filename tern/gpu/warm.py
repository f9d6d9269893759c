"""Importing this imports everything that a measurement or a compilation needs, for processes that fork."""

from tern.gpu import builder, front, interpret, meter, offline  # noqa: F401

offline.import_all()
