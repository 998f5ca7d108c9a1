"""What a run writes into the book: rows for the callers it flags, and whose earlier rows it takes back."""

from collections.abc import Callable, Collection, Iterable

from wurao.core.standing import Standing
from wurao.detection.daily.scored import Score
from wurao.detection.scoring.standing import Judged, keys_of, rows_of
from wurao.store.book.standing import StandingKey


def rows(flagged: Iterable[Score], now_us: int, *, model: str) -> list[Standing]:
    """Return the rows of callers that a ``model`` flags at ``now_us`` (microseconds UTC); by themselves they label.

    A reject takes a permission that a run doesn't have (``calibration.going_live``), or a second family of signals.
    """
    return [row for score in flagged for row in rows_of(_judged(score), now_us, model=model, may_reject=False)]


def outdated(
    standing: Iterable[int], flagged: Iterable[Score], seen: Collection[str], key: Callable[[int], str]
) -> list[StandingKey]:
    """Return the keys of rows that no longer hold: of callers flagged now, and of those in ``standing`` and cleared.

    ``standing`` are the numbers on which rows of earlier runs stand, ``seen`` the keys of all callers of this run: who
    made no call keeps what stands until it expires.
    """
    numbers = {score.number for score in flagged} | {number for number in standing if key(number) in seen}
    return keys_of(sorted(numbers))


def _judged(score: Score) -> Judged:
    reasons = score.reasons.speaks_for if score.reasons else ()
    return Judged(score.number, score.seen, score.p, score.level, score.kind, reasons)
