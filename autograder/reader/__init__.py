"""What a reader does: the commands of a terminal and of a notebook."""
