"""What a text is about: evasions undone, characters counted, a category with its probability or none at all."""

from typing import Final

NAME: Final = "texts"
"""Of the model that judges texts in a home."""
