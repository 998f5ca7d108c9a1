"""Whose wishes a replay goes by: the home's own, everybody's strictest, nobody's, or those of a file.

The view of the tables is taken with other wish pages; numbers, ranges and personal lists stay the home's.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import numpy.typing as npt

from wurao.core.errors import InputError
from wurao.core.facts import FACTS
from wurao.core.wishes import MAX_PROFILE, Profile, pack, strict_profile
from wurao.intake.book_rows import profile_of
from wurao.intake.formats import format_by_name
from wurao.intake.interface import Reading
from wurao.intake.opening import Source
from wurao.intake.validation import check, match_columns
from wurao.store.tables import _build, files, layout
from wurao.store.tables._slots import View
from wurao.store.tables.tableset import TableSet
from wurao.store.tables.wishpages import END_MOBILE, FIRST_MOBILE, FLAT, PAGE, SEGMENTS, WishPages, in_order
from wurao.store.tables.wishpages import FIRST_SEGMENT as FIRST_OF_ALL

U64 = npt.NDArray[np.uint64]
Tables = dict[str, memoryview]
_WISH_ROLES: Final = ("wish_dir", "wish_pages", "wish_outside", "profiles")


class Wished:
    """The wishes in force while a replay runs; ``prepare`` is told each batch's callees before it is decided."""

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables

    def prepare(self, callees: U64) -> None:
        """The home's own wishes need nothing."""

    def _use(self, pages: Tables, first_segment: int) -> None:
        generation = self._tables.generation
        if generation is None:
            raise InputError("no tables are open")
        kept = {role: words for role, words in generation.tables.items() if role not in _WISH_ROLES}
        live = {role: words for role, words in self._tables.live.items() if role not in ("wish", "profiles")}
        manifest = generation.manifest
        self._tables.cell.put(
            View(
                tables={**kept, **pages},
                live=live,
                first_segment=first_segment,
                span_mask=manifest.span_mask,
                base_us=manifest.base_us,
            )
        )


class Everybody(Wished):
    """Every callee is enrolled with the strictest wish: all segments of mobiles share one page, the rest is listed."""

    def __init__(self, tables: TableSet) -> None:
        super().__init__(tables)
        self._pages = {
            "wish_dir": _words(np.full(SEGMENTS, FLAT + 1, np.uint32)),
            "wish_pages": _words(np.ones(PAGE, np.uint16)),
            "profiles": _profile_words([strict_profile()]),
        }

    def prepare(self, callees: U64) -> None:
        """Enrol the callees that are no Chinese mobiles."""
        others = np.unique(callees[((callees < FIRST_MOBILE) | (callees >= END_MOBILE)) & (callees != 0)])
        words = np.zeros(2 * layout.slots_for(len(others)), np.uint64)
        if len(others):
            _build.fill_wide(words, others, np.ones(len(others), np.uint16))
        self._use({**self._pages, "wish_outside": _words(words)}, FIRST_OF_ALL)


class Nobody(Wished):
    """No callee is enrolled."""

    def __init__(self, tables: TableSet) -> None:
        super().__init__(tables)
        self._use({}, 0)


class OfFile(Wished):
    """Who is enrolled, and with what wish, is told by a file of the fact ``wishes``; raises InputError."""

    def __init__(self, tables: TableSet, path: Path, reading: Reading) -> None:
        super().__init__(tables)
        subscribers, numbers, profiles = _wishes_in(path, reading)
        with TemporaryDirectory(prefix="wishes-") as folder:
            pages = WishPages(Path(folder))
            first_segment = pages.write([in_order(subscribers, numbers)])
            mapped = {role: _opened(Path(folder), role) for role in _WISH_ROLES if role != "profiles"}
            self._use({**mapped, "profiles": _profile_words(profiles)}, first_segment)


def wished(choice: str, tables: TableSet, reading: Reading) -> Wished:
    """Return the wishes that ``--wishes`` names: ``all``, ``none``, a file, or "" for the home's own."""
    if choice in ("", "all", "none"):
        return {"": Wished, "all": Everybody, "none": Nobody}[choice](tables)
    return OfFile(tables, Path(choice), Reading("wishes", reading.zone))


def _wishes_in(path: Path, reading: Reading) -> tuple[U64, npt.NDArray[np.uint16], list[Profile]]:
    numbered: dict[Profile, int] = {}
    subscribers: list[int] = []
    numbers: list[int] = []
    its_format = format_by_name(path, "wishes")
    for batch in its_format.batches(Source(path), reading):
        matched = match_columns(FACTS["wishes"], list(batch.table.column_names), str(path))
        checked = check(batch, matched, reading)
        for fault in (*batch.faults, *checked.faults):
            raise InputError(f"{fault.column}: {fault.reason}", where=f"{path}:{fault.line}", mend="correct the wish")
        for row in checked.table.to_pylist():
            subscribers.append(row["subscriber"])
            numbers.append(numbered.setdefault(profile_of(row), len(numbered) + 1))
    if len(numbered) > MAX_PROFILE:
        raise InputError(f"more than {MAX_PROFILE} distinct wishes", where=str(path))
    return np.array(subscribers, np.uint64), np.array(numbers, np.uint16), list(numbered)


def _profile_words(profiles: list[Profile]) -> memoryview:
    return _words(np.array([0, *(pack(p) | layout.PROFILE_EXISTS for p in profiles)], np.uint64))


def _words(array: npt.NDArray[np.generic]) -> memoryview:
    return array.data


def _opened(folder: Path, role: str) -> memoryview:
    name, code = layout.FILES[role]
    return files.map_read(folder / name).cast(code)
