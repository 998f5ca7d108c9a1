"""Screening: policy, guards, symbols, the shield, and the decision on one call."""
