"""The live model at work in a home, and what is said of it."""

from wurao.core.errors import Unknown
from wurao.detection.live import NAME
from wurao.detection.scoring import models
from wurao.detection.scoring.judging import reject_above
from wurao.detection.scoring.models import Stored
from wurao.store.home import Home

OFF = "off: no model named live"


def at_work(home: Home) -> Stored | None:
    """Return the champion of the home's live models, None where nobody trained one.

    Raises StoreError or VerificationError for a model that isn't whole.
    """
    found = models.at_work(home.folder("models") / NAME)
    return models.read(models.path_of(found[0], found[1].champion)) if found else None


def rejecting(stored: Stored) -> tuple[int, ...]:
    """Return the calls after which a model could reject, permission given."""
    return tuple(stage.k for stage in stored.manifest.stages if not isinstance(reject_above(stage), Unknown))


def said_of(stored: Stored) -> str:
    """Return one line: its version, after which calls it judges, and after which of them it could reject."""
    may = f"may reject after {', '.join(map(str, rejecting(stored)))}, permission given"
    judges = ", ".join(str(stage.k) for stage in stored.manifest.stages)
    said = may if rejecting(stored) else "only labels"
    return f"version {stored.manifest.version} judges after {judges} calls, {said}"
