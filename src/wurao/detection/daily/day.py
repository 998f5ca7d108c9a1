"""One run over the callers of a home: scores, reasons of the flagged, figures; and its table, kept as facts are."""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from wurao.detection.daily.scored import Figures, OfClass
from wurao.detection.daily.usual import Ranges, ranges
from wurao.detection.scoring.explaining import explain_all
from wurao.detection.scoring.judging import Model, Run, Scores, judged_columns, shadow
from wurao.detection.scoring.staged import Features, window
from wurao.store.lake import Lake
from wurao.store.schema import ID, SEALED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Ints = npt.NDArray[np.int64]
pc: Any = pyarrow.compute

CALLER: Final = ("caller_id", "caller", "caller_sealed")
"""How a caller stands at rest: keyed id, and the number in clear or, a subscriber's, sealed."""


class Day(msgspec.Struct):
    """What a run gave: its figures, and the table to keep."""

    figures: Figures
    table: pa.Table


class Span(msgspec.Struct, frozen=True):
    """The calls of [``from_us``, ``to_us``), judged at ``at_us``; microseconds UTC."""

    at_us: int
    from_us: int
    to_us: int


class HomeRun(Run, frozen=True, kw_only=True):
    """What a run over a home's own calls found, and the file that it wrote."""

    misused: int
    """Verified callers that behave like robots; a person decides about their shield."""
    scores: str


@contextmanager
def callers_of(lake: Lake, span: Span, since: Mapping[bytes, int]) -> Iterator[tuple[Features, pa.Table]]:
    """Give the features of the callers in a span of the lake, and who they are: ``CALLER`` and ``n`` calls.

    ``since``: when callers (keyed ids) changed hands, in microseconds UTC; what called before was somebody else. Raises
    StoreError where a part is damaged. Needs the extra [detect].
    """
    from wurao.detection.features import running

    with running.calls_of(lake, span.from_us, span.to_us) as every:
        calls = running.since(every, since) if since else every
        named = calls.filter(calls.caller_id.notnull())
        called = named.group_by("caller_id")
        who = called.agg(caller=named.caller.max(), caller_sealed=named.caller_sealed.max(), n=named.count())
        yield running.by_window(calls), running.run(who.select(*CALLER, "n"))


def judge(features: Features, who: pa.Table, champion: Model, challenger: Model | None, span: Span) -> Day:
    """Score every caller, explain the flagged ones and count; raises InputError where a feature is missing."""
    scores = champion.score(features)
    flagged = [scores.callers[i] for i in np.flatnonzero(scores.labels).tolist()]
    reasons = explain_all(champion.stored, features, flagged)
    seen, x, usual = _latest(champion, features, scores)
    figures = Figures(
        at_us=span.at_us,
        from_us=span.from_us,
        to_us=span.to_us,
        version=champion.manifest.version,
        callers=len(scores.callers),
        judged=int((seen > 0).sum()),
        by_class=_by_class(scores, champion.manifest.classes),
        cleared=int(((scores.first_label > 0) & ~scores.labels).sum()),
        caught=_caught(scores.first_label[scores.labels], [stage.k + 1 for stage in champion.manifest.stages]),
        drift=champion.drift(features),
        shadow=shadow(scores, challenger.score(features), challenger.manifest.version) if challenger else None,
        usual=usual,
    )
    columns = {
        name: pa.array(x[:, at], pa.float32(), from_pandas=True) for at, name in enumerate(champion.manifest.columns)
    }
    said = [msgspec.json.encode(reasons[caller]).decode() if caller in reasons else None for caller in scores.callers]
    table = _at_rest(scores, who)
    for name, column in {"seen": pa.array(seen), **columns, "reasons": pa.array(said, pa.string())}.items():
        table = table.append_column(name, cast("Any", column))
    return Day(figures, table)


def told(figures: Figures, misused: int, scores: str, seconds: float) -> HomeRun:
    """Return what a run says when it is done."""
    return HomeRun(
        callers=figures.callers,
        flagged=figures.flagged,
        rejected=sum(one.rejected for one in figures.by_class.values()),
        version=figures.version,
        drifted=figures.drifted,
        shadow=figures.shadow,
        seconds=round(seconds, 3),
        misused=misused,
        scores=scores,
    )


def keys_in(table: pa.Table) -> set[str]:
    """Return the callers of a run by the keys that their rows will have."""
    ids: Any = table.column("caller_id")
    return {caller_id.hex() for caller_id in ids.to_pylist()}


def _latest(
    model: Model, features: Features, scores: Scores
) -> tuple[Ints, npt.NDArray[np.float32], dict[int, dict[str, Ranges]]]:
    """Return for each caller the most first calls that could be looked at and their features, and what is usual."""
    names = model.manifest.columns
    place = {caller: at for at, caller in enumerate(scores.callers)}
    seen, x = np.zeros(len(place), np.int64), np.full((len(place), len(names)), np.nan, np.float32)
    usual: dict[int, dict[str, Ranges]] = {}
    for stage in model.manifest.stages:
        found = window(features, stage.k, names)
        if not found.callers:
            break
        at = np.array([place[caller] for caller in found.callers])
        seen[at], x[at] = stage.k, found.x
        usual[stage.k] = ranges([scores.kind[i] for i in at.tolist()], found.x, names)
    return seen, x, usual


def _by_class(scores: Scores, classes: tuple[str, ...]) -> dict[str, OfClass]:
    labelled = scores.labels & ~scores.rejects
    counts: dict[str, OfClass] = {}
    for name in classes:
        mine = np.array([kind == name for kind in scores.kind], np.bool_)
        counts[name] = OfClass(int(mine.sum()), int((mine & labelled).sum()), int((mine & scores.rejects).sum()))
    return counts


def _caught(first_label: Ints, calls: list[int]) -> dict[int, float]:
    """Return which share of these callers has been labelled, for the first time, by each of ``calls``."""
    return {call: float(np.mean(first_label <= call)) for call in calls} if len(first_label) else {}


def _at_rest(scores: Scores, who: pa.Table) -> pa.Table:
    """Return the scores with their callers as they stand at rest."""
    order = pc.index_in(pa.array(scores.callers, pa.binary()), value_set=who.column("caller_id").cast(pa.binary()))
    callers = who.take(order)
    columns: dict[str, Any] = {
        "caller_id": callers.column("caller_id").cast(pa.binary()).cast(ID),
        "caller": callers.column("caller").cast(pa.uint64()),
        "caller_sealed": callers.column("caller_sealed").cast(pa.binary()).cast(SEALED),
        "n_calls": callers.column("n"),
    }
    return pa.table(columns | judged_columns(scores))
