"""Calibration: what a score may claim – probabilities, thresholds with a guarantee, and when a rule may act."""
