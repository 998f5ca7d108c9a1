"""Builds one generation: written beside, signed, made durable, then renamed into place, so nobody sees half of it.

The writer is not its own reader: readers follow ``CURRENT``, which ``switch`` moves once the overlay stands too.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wurao.core.clock import DAY_US
from wurao.core.errors import InputError
from wurao.core.payload import KEY_BITS, MAX_SPAN, NEVER_EXPIRES, PairKind, expiry_unit_us, finer_bit
from wurao.core.wishes import MAX_PROFILE, Profile
from wurao.core.wishes import pack as pack_profile
from wurao.store.durable import disk, replace_file, sync_file, sync_folder
from wurao.store.tables import _build, detail, files, layout
from wurao.store.tables.lock import OneAtATime
from wurao.store.tables.wishpages import Chunk, WishPages

U64 = npt.NDArray[np.uint64]
U16 = npt.NDArray[np.uint16]
U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]


class GenerationBuilder:
    """Collects the files of one generation; use as ``with GenerationBuilder(…) as build: …; build.finish(key)``.

    ``change`` is the last change compiled in, ``as_of_us`` the instant for which decay and expiry were computed and
    from whose day pairs' expiries count, ``created_us`` the clock. Left without ``finish``, nothing remains. Raises
    StoreError where another build runs or the disk is full.
    """

    def __init__(self, tables_dir: Path, *, change: int, as_of_us: int, created_us: int) -> None:
        tables_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = OneAtATime(tables_dir / ".build.lock", "another build is running")
        self._dir = tables_dir
        self._folder = tables_dir / f".build-{os.getpid()}"
        _sweep(tables_dir)
        self._folder.mkdir(mode=0o700)
        self._change, self._as_of_us, self._created_us = change, as_of_us, created_us
        self._counts: dict[str, int] = {}
        self._spans = self._first_segment = self._highest_profile = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.release()

    def risks(self, numbers: U64, payloads: U16, details: U64 | None = None, names: detail.Names | None = None) -> None:
        """Write the risk table: numbers with ``Risk.pack`` payloads, and ``detail.pack`` words where there are any."""
        rows = np.empty(len(numbers), np.uint32) if details is not None else None
        slots = self._fill("risk", numbers, payloads, by_kind=False, rows=rows)
        if details is None or rows is None or not slots:
            return
        with files.filled(self._path("detail"), slots) as words:
            _scatter(words, rows, details)
        self._path("names").write_bytes(msgspec.json.encode(names or detail.Names()))

    def ranges(self, blocks: U64, spans: U8, payloads: U16) -> None:
        """Write the range table: ``blocks`` = number // 10^span, spans 1…11, ``Range.pack`` payloads without FINER."""
        if len(spans) and not (int(spans.min()) >= 1 and int(spans.max()) <= MAX_SPAN):
            raise InputError(f"the span of a range is 1 to {MAX_SPAN}")
        blocks, spans, payloads = _with_markers(blocks, spans, payloads)
        keys = np.empty(len(blocks), np.uint64)
        _build.range_keys(blocks, spans, keys)
        self._spans = int(np.bitwise_or.reduce(np.uint64(1) << spans.astype(np.uint64))) if len(spans) else 0
        self._fill("range", keys, payloads, by_kind=False)

    def pairs(self, subscribers: U64, callers: U64, kinds: U8, until_us: I64) -> None:
        """Write the pair tables; ``until_us`` 0 is for ever, and what is over at the base day is left out.

        Pairs with caller 0, the subscribers' own emergency calls, get a table of their own.
        """
        expiries = _expiries(kinds, until_us, self._as_of_us // DAY_US * DAY_US)
        held = expiries > 0
        keys = np.empty(int(held.sum()), np.uint64)
        _build.pair_keys(np.ascontiguousarray(subscribers[held]), np.ascontiguousarray(callers[held]), keys)
        payloads = kinds[held].astype(np.uint16) | expiries[held] << np.uint16(3)
        emergency = callers[held] == 0
        self._fill("pair", keys[~emergency], payloads[~emergency], by_kind=True)
        self._fill("emergency", keys[emergency], payloads[emergency], by_kind=True)

    def wishes(self, chunks: Iterable[Chunk], profiles: Mapping[int, Profile]) -> None:
        """Write the wishes, ascending by subscriber (see WishPages.write), and the profiles they name."""
        pages = WishPages(self._folder)
        self._first_segment = pages.write(chunks)
        self._counts["subscribers"] = pages.subscribers
        top = max(profiles, default=0)
        if top > MAX_PROFILE or pages.highest_profile > top:
            raise InputError("a wish names a profile that doesn't exist")
        words = np.zeros(top + 1, np.uint64)
        for number, profile in profiles.items():
            words[number] = pack_profile(profile) | layout.PROFILE_EXISTS
        self._path("profiles").write_bytes(words.tobytes())
        self._counts["profiles"] = len(profiles)

    def policy(self, content: bytes) -> None:
        """Write the policy that readers of this generation judge by; what it means is the caller's affair."""
        self._path("policy").write_bytes(content)

    def finish(self, key: Ed25519PrivateKey) -> Path:
        """Sign the manifest with ``key``, make everything durable, rename into place and return the folder."""
        with disk(self._folder):
            entries = {}
            for path in sorted(self._folder.iterdir()):
                entries[path.name] = layout.FileEntry(*files.sha256_of(path))
                sync_file(path)
            manifest = self._manifest(entries, key)
            content = msgspec.json.format(msgspec.json.encode(manifest))
            replace_file(self._folder / layout.MANIFEST, content, mode=0o600)
            target = self._dir / layout.generation_name(manifest.generation)
            self._folder.rename(target)
            sync_folder(self._dir)
        return target

    def _manifest(self, entries: dict[str, layout.FileEntry], key: Ed25519PrivateKey) -> layout.Manifest:
        unsigned = layout.Manifest(
            format=layout.FORMAT,
            generation=_next_number(self._dir),
            change=self._change,
            created_us=self._created_us,
            as_of_us=self._as_of_us,
            base_day=self._as_of_us // DAY_US,
            span_mask=self._spans,
            first_segment=self._first_segment,
            counts=self._counts,
            files=entries,
        )
        return unsigned.with_signature(key.sign(unsigned.signed_bytes()))

    def _path(self, role: str) -> Path:
        return self._folder / layout.FILES[role][0]

    def _fill(
        self, role: str, keys: U64, payloads: U16, *, by_kind: bool, rows: npt.NDArray[np.uint32] | None = None
    ) -> int:
        if len(keys) and (int(keys.min()) == 0 or int(keys.max()) >> KEY_BITS):
            raise InputError(f"a number in {role} lies outside 1…2^50")
        slots = layout.slots_for(len(keys))
        self._counts[role] = 0
        if slots:
            with files.filled(self._path(role), slots) as words:
                self._counts[role] = _build.fill(words, keys, payloads, by_kind, rows)
        return slots


def _scatter(words: memoryview, rows: npt.NDArray[np.uint32], values: U64) -> None:
    np.frombuffer(words, np.uint64)[rows] = values


def _with_markers(blocks: U64, spans: U8, payloads: U16) -> tuple[U64, U8, U16]:
    """Mark each 10,000-block that holds smaller ones with their spans, in an entry of its own where it has none."""
    small = spans < 4
    if not small.any():
        return blocks, spans, payloads
    above = blocks[small] // np.uint64(10) ** (np.uint64(4) - spans[small].astype(np.uint64))
    inside, which = np.unique(above, return_inverse=True)
    marks = np.zeros(len(inside), np.uint16)
    np.bitwise_or.at(marks, which, np.uint16(finer_bit(0)) << spans[small].astype(np.uint16))
    at_four = np.flatnonzero(spans == 4)
    place = np.minimum(np.searchsorted(inside, blocks[at_four]), len(inside) - 1)
    met = inside[place] == blocks[at_four]
    payloads = payloads.copy()
    payloads[at_four[met]] |= marks[place[met]]
    bare = ~np.isin(inside, blocks[at_four])
    return (
        np.concatenate((blocks, inside[bare])),
        np.concatenate((spans, np.full(int(bare.sum()), 4, np.uint8))),
        np.concatenate((payloads, marks[bare])),
    )


def _expiries(kinds: U8, until_us: I64, base_us: int) -> U16:
    """Return ``payload.pair_expiry`` of many."""
    units = np.array([expiry_unit_us(kind) for kind in PairKind], np.int64)
    steps = -(-(until_us - base_us) // units[kinds])
    return np.where(until_us == 0, NEVER_EXPIRES, np.clip(steps, 0, NEVER_EXPIRES - 1)).astype(np.uint16)


def _next_number(tables_dir: Path) -> int:
    return 1 + max((int(path.name) for path in tables_dir.iterdir() if path.name.isdecimal()), default=0)


def _sweep(tables_dir: Path) -> None:
    """Remove what killed builds left behind; the lock says that none runs."""
    for left in tables_dir.glob(".build-*"):
        shutil.rmtree(left, ignore_errors=True)
