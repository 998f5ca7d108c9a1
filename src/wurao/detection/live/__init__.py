"""What is known of each caller right now, brought forward with every call, and what a model makes of it."""

NAME = "live"
"""The model that judges callers while they call."""
