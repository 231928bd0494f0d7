"""The command line: everything that the window computes, without it."""
