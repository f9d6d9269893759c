"""Where chapters, workbooks, and source notebooks are, and how a notebook is read."""
