"""A home's callers scored once a day: the figures of a run, what is kept of it, and what a page tells of a caller."""
