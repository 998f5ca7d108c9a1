"""Complaints: who may be believed, how strongly a number or range is reported, what a new report changes."""
