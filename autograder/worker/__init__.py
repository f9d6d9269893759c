"""The process that runs the reader's code: what crosses to it, and what it may do."""
