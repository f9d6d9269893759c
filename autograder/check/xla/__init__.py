"""Checks of modules of HLO that a reader's function makes: the real XLA compiles and runs them."""
