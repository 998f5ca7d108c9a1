"""Features of callers over the calls fact, as Ibis expressions that DuckDB and Spark compute alike.

``features(calls, WINDOWS["k20"])`` is one row a caller; docs/features.md defines every column. ``running`` runs it.
Deliberately absent: whatever counts a number's life (active days, months), which says how long ago a number was cut
off and nothing about what a new one does.
"""

from wurao.detection.features.expressions import FEATURES, features
from wurao.detection.features.windows import WINDOWS, Window

__all__ = ["FEATURES", "WINDOWS", "Window", "features"]
