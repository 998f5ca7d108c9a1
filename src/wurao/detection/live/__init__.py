"""What is known of each caller right now, brought forward with every call."""
