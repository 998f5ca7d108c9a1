"""Who wished what, whom people know and which desks are verified: the facts that stand before the first call."""

from itertools import product

import numpy as np
import pyarrow as pa

from wurao.core.clock import DAY_US
from wurao.core.wishes import KEYS, LABEL, RING, SEGMENTS, Profile, default_profile, strict_profile
from wurao.sim.draw import Floats, generator
from wurao.sim.town import Town
from wurao.sim.written import Written, text, texts

QUIET = "22:00-07:00"
MAX_CONTACTS = 200
"""Contacts that one subscriber uploads."""
_VERIFIED = ("number", "prefix", "organisation", "purpose", "proof")


def wishes(town: Town) -> pa.Table:
    """Return the wishes of enrolled subscribers: a few profiles shared by all."""
    figures = town.figures.enrolment
    rng = generator(town.seed, "wishes")
    enrolled = _chosen(rng, town.subscribers, figures.enrolled)
    sorts = (default_profile(), strict_profile(), _mild())
    rows = [_wish(sort, overseas=o, quiet=q) for sort, o, q in product(sorts, (False, True), (False, True))]
    sort = _pick(rng, len(enrolled), [1 - figures.strict - figures.mild, figures.strict, figures.mild])
    overseas = rng.random(len(enrolled)) < figures.overseas
    quiet = rng.random(len(enrolled)) < figures.quiet
    chosen = pa.Table.from_pylist(rows, schema=_wish_schema()).take(pa.array(sort * 4 + overseas * 2 + quiet))
    return chosen.add_column(0, "subscriber", texts(enrolled))


def _mild() -> Profile:
    return Profile(tuple(RING if key == "unknown_bulk" else LABEL for key in KEYS))


def _wish(profile: Profile, *, overseas: bool, quiet: bool) -> dict[str, object]:
    segments = f"{SEGMENTS[0]}=1" if overseas else None
    levels = dict(zip(KEYS, profile.levels, strict=True))
    return {**levels, "segments": segments, "quiet": QUIET if quiet else None, "until_us": None}


def _wish_schema() -> pa.Schema:
    levels: dict[str, pa.DataType] = dict.fromkeys(KEYS, pa.int32())
    return pa.schema({**levels, "segments": pa.string(), "quiet": pa.string(), "until_us": pa.int64()})


def _pick(rng: np.random.Generator, n: int, shares: list[float]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    cumulated: Floats = np.cumsum(shares)
    return np.searchsorted(cumulated, rng.random(n)).clip(0, len(shares) - 1).reshape(n)


def _chosen(rng: np.random.Generator, numbers: Written, share: float) -> Written:
    chosen = rng.random(len(numbers)) < share
    chosen[0] = True  # the smallest town has one too
    return numbers[chosen]


def contacts(town: Town) -> pa.Table:
    """Return uploaded contacts, personal deny entries and expected deliveries."""
    figures = town.figures.enrolment
    rng = generator(town.seed, "contacts")
    ties, numbers = town.population.ties, town.population.numbers
    uploads = np.zeros(len(numbers), bool)
    uploads[: len(town.subscribers)] = rng.random(len(town.subscribers)) < figures.uploads
    uploads[0] = True
    known = np.unique(np.stack([ties.owner, ties.friend], axis=1)[uploads[ties.owner]], axis=0)
    place = np.arange(len(known)) - np.searchsorted(known[:, 0], known[:, 0])
    known = known[place < MAX_CONTACTS]
    denied = _chosen(rng, town.subscribers, figures.blocked)
    orders = _chosen(rng, town.subscribers, figures.orders)
    riders = np.concatenate([d.numbers for d in town.desks if d.service.category == "courier"])
    parts = [
        _contacts(numbers[known[:, 0]], numbers[known[:, 1]], "contact", None),
        _contacts(denied, _strangers(rng, numbers, len(denied)), "deny", None),
        _contacts(orders, riders[rng.integers(0, len(riders), len(orders))], "expected", town.start_us + DAY_US),
    ]
    return pa.concat_tables(parts)


def _strangers(rng: np.random.Generator, numbers: Written, n: int) -> Written:
    return numbers[rng.integers(0, len(numbers), n)]


def _contacts(subscribers: Written, numbers: Written, kind: str, until_us: int | None) -> pa.Table:
    n = len(subscribers)
    return pa.table(
        {
            "subscriber": texts(subscribers),
            "number": texts(numbers),
            "kind": pa.array([kind] * n, pa.string()),
            "until_us": pa.array([until_us] * n, pa.int64()),
        }
    )


def verified(town: Town) -> pa.Table:
    """Return the desks that proved who they are and declared what they call for."""
    rows = [
        {
            "number": text(int(number)),
            "prefix": None,
            "organisation": desk.service.organisation,
            "purpose": desk.service.category,
            "proof": "simulated",
            "until_us": None,
        }
        for desk in town.desks
        if desk.service.verified
        for number in desk.numbers
    ]
    columns: dict[str, pa.DataType] = dict.fromkeys(_VERIFIED, pa.string())
    schema = pa.schema({**columns, "until_us": pa.int64()})
    return pa.Table.from_pylist(rows, schema=schema)
