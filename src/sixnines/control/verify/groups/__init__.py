"""The checks, a file for each group. They know nothing of each other."""
