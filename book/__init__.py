"""The look of the book: its Sphinx extension, templates, styles, and the checks of the built pages."""
