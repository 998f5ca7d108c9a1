"""wurao 勿扰: every nuisance call gets a receipt – stopped, explained, reported, traced."""

__version__ = "0.1.0"
