"""Inheriting: a caller's first calls matched with the campaigns known, so that a new number is a known campaign's."""
