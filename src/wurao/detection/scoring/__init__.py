"""Scoring: from a caller's features to how likely it is each kind of caller, and why."""
