"""What the exercises on rewriting are tried on: programs, conversions, and equalities at random."""
