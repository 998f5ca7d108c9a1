"""Replacing parts: many small ones by one, those that hold an erased number by themselves without it.

The new part is written beside, synced and renamed; it covers the old ones from that instant (see ``parts``), so a
crash before leaves the old, a crash after leaves both and only the new one counts.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from wurao.core.errors import StoreError
from wurao.store.durable import disk, sync_folder
from wurao.store.lake import BATCH_ROWS, Lake, facts_in
from wurao.store.parts import Draft, Part, counting, damaged, days_in, listed, opened, path_of, sweep, sync_day
from wurao.store.schema import numbers_of

FEW: Final = 4
"""Neighbouring small parts that are worth one new part."""
SMALL: Final = 128 << 20
"""Bytes from which a part is left alone."""

Change = Callable[[pa.Table], pa.Table]


class Compacted(msgspec.Struct, frozen=True):
    """What ``compact`` did: parts merged into new ones, replaced parts deleted."""

    merged: int
    deleted: int


def compact(lake: Lake, *, few: int = FEW) -> Compacted:
    """Merge runs of at least ``few`` small neighbouring parts and delete what was replaced long ago.

    Streams: memory is one row group. Raises StoreError.
    """
    lake.home.require_lock()
    merged = deleted = 0
    for fact in facts_in(lake.home):
        for _, folder in days_in(lake.folder(fact)):
            with lake.writing:
                for run in _runs(counting(listed(folder)), few):
                    _replace(run, lambda rows: rows)
                    merged += len(run)
                with disk(folder):
                    deleted += sweep(folder)
    return Compacted(merged, deleted)


def erase(lake: Lake, number_id: bytes) -> int:
    """Delete every row in which the number with this id stands and return how many; nothing of them stays on disk.

    Fold the journal first. Raises StoreError; run again after a crash it finishes.
    """
    lake.home.require_lock()
    erased = 0
    for fact in facts_in(lake.home):
        names = [f"{name}_id" for name in numbers_of(fact)]
        for _, folder in days_in(lake.folder(fact)) if names else []:
            with lake.writing:
                erased += sum(_without(part, names, number_id) for part in counting(listed(folder)))
                with disk(folder):
                    sweep(folder, grace_s=0)
                    sync_folder(folder)
    return erased


def quarantine_damaged(lake: Lake) -> list[Path]:
    """Move every part that can't be read whole to ``quarantine/`` and return where they are now; raises StoreError."""
    lake.home.require_lock()
    moved = []
    for fact in facts_in(lake.home):
        for part in lake.parts(fact):
            if not _is_whole(part):
                target = lake.home.folder("quarantine") / f"{fact}-{part.path.parent.name}-{part.path.name}"
                with disk(part.path):
                    part.path.rename(target)
                    sync_folder(part.path.parent)
                    sync_folder(target.parent)
                moved.append(target)
    return moved


def _is_whole(part: Part) -> bool:
    try:
        for _ in _batches(part):
            pass
    except StoreError:
        return False
    return True


def _runs(parts: Sequence[Part], few: int) -> list[list[Part]]:
    runs: list[list[Part]] = [[]]
    for part in parts:
        if part.path.stat().st_size < SMALL:
            runs[-1].append(part)
        else:
            runs.append([])
    return [run for run in runs if len(run) >= few]


def _replace(run: Sequence[Part], change: Change) -> None:
    folder = run[0].path.parent
    level = max(part.level for part in run) + 1
    with opened(run[0]) as first:
        schema = first.schema_arrow
    with Draft(path_of(folder, run[0].first, run[-1].last, level), schema) as draft:
        for part in run:
            for rows in _batches(part):
                draft.write(change(rows).cast(schema))
        draft.finish()
        draft.publish()
    sync_day(folder)


def _without(part: Part, names: Sequence[str], number_id: bytes) -> int:
    def kept(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.invert(_holds(rows, names, number_id)))

    erased = sum(_true(_holds(rows, names, number_id)) for rows in _batches(part, names))
    if erased:
        _replace([part], kept)
    return erased


def _holds(rows: pa.Table, names: Sequence[str], number_id: bytes) -> Any:
    mask: Any = pa.repeat(pa.scalar(value=False), rows.num_rows)
    for name in names:
        equal: Any = pc.equal(rows.column(name), pa.scalar(number_id, pa.binary(len(number_id))))
        mask = pc.or_(mask, pc.fill_null(equal, pa.scalar(value=False)))
    return mask


def _true(mask: Any) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _batches(part: Part, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    with opened(part) as file:
        try:
            for batch in file.iter_batches(BATCH_ROWS, columns=list(columns) if columns else None):
                yield pa.Table.from_batches([batch])
        except (pa.ArrowException, OSError) as error:
            raise damaged(part.path) from error
