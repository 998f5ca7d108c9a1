"""The steps in which pauses between calls are counted, the same for whoever counts and whoever compares."""

from typing import Final

GAP_STEPS: Final = 2
"""Steps for each factor e of seconds."""
PAUSE_H: Final = 4
"""A longer gap is a pause and not counted."""
