"""What is known of loop nests without changing them: ranges of values, names, dependences."""
