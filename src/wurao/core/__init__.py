"""What every part of wurao speaks: numbers, facts, categories, wishes, verdicts, time and errors.

Pure values and functions on the standard library and msgspec; nothing here reads a file, a clock or a network.
"""
