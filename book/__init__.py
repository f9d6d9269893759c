"""The look of the book: its Sphinx extension, templates, styles, and checks of the pages."""
