"""Honeypot lines: numbers that belong to nobody, answered by a machine that says that it records."""
