"""The kinds of callers that a model tells apart (METHODS §2), and which kind a category of the taxonomy is.

Robots that people want (reminders, bank notices, surveys) are a class of their own: they dial like marketing does.
"""

from typing import Final

from wurao.core.categories import find

CLASSES: Final = ("person", "courier", "institution", "reminder", "service", "marketing", "fraud")
"""In the order of a model's outputs; ``courier`` also stands for takeaway and rides."""
BAD: Final = frozenset({"marketing", "fraud"})

_LEGITIMATE: Final = {
    "courier": "courier",
    "takeaway": "courier",
    "ride": "courier",
    "hospital": "institution",
    "school": "institution",
    "government": "institution",
    "property_community": "institution",
    "utility": "institution",
    "reminder": "reminder",
    "survey": "reminder",
    "bank_service": "service",
    "enterprise_service": "service",
    "person": "person",
}
CATEGORY_OF: Final = {
    "person": "person",
    "courier": "courier",
    "institution": "unknown",
    "reminder": "reminder",
    "service": "enterprise_service",
    "marketing": "other_commercial",
    "fraud": "fraud",
}
"""The category that a class alone can claim; what is sold, only words tell."""
METHOD_OF: Final = {"reminder": "robot"}


def class_of(category: str, method: str | None, *, nuisance: bool) -> str:
    """Return the class of a caller whose truth is known; a wanted robot is a reminder whatever its category."""
    known = find(category)
    if nuisance:
        return "fraud" if known.of_class in {"illegal", "harassment"} else "marketing"
    if method in {"robot", "recording"}:
        return "reminder"
    return _LEGITIMATE.get(known.name, "person")
