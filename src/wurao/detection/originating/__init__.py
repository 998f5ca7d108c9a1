"""Originating mode: the operator's own numbers as callers, watched from the side that places the calls."""
