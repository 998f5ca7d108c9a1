"""Who wished what, whom people know, who is verified, whose number changed hands: what stands beside the calls."""

from itertools import product

import numpy as np
import pyarrow as pa

from wurao.core.clock import DAY_US
from wurao.core.wishes import KEYS, LABEL, RING, SEGMENTS, Profile, default_profile, strict_profile
from wurao.sim.draw import Floats, Ints, day_start_us, generator
from wurao.sim.world import World
from wurao.sim.written import Written, texts

QUIET = "22:00-07:00"
MAX_CONTACTS = 200
"""Contacts that one subscriber uploads."""
QUARANTINE_US = 90 * DAY_US
"""A number rests so long before somebody else gets it. The carriers' usual 90 days."""
OWNED = ("scattered", "farm", "handsets")
"""Sorts of vests that are cards of their own, so that the carrier sees them change hands."""


def wishes(world: World) -> pa.Table:
    """Return the wishes of enrolled subscribers: a few profiles shared by all."""
    figures = world.figures.enrolment
    rng = generator(world.seed, "wishes")
    enrolled = _chosen(rng, world.subscribers, figures.enrolled)
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


def contacts(world: World) -> pa.Table:
    """Return uploaded contacts, personal deny entries and expected deliveries."""
    figures = world.figures.enrolment
    rng = generator(world.seed, "contacts")
    ties, numbers = world.population.ties, world.population.numbers
    count = len(world.subscribers)
    uploads = rng.random(count) < figures.uploads
    uploads[0] = True
    owner = np.repeat(np.arange(count), np.diff(ties.first)[:count])
    known = np.stack([owner, ties.friend[: len(owner)].astype(np.int64)], axis=1)
    known = np.unique(known[uploads[owner]], axis=0)
    place = np.arange(len(known)) - np.searchsorted(known[:, 0], known[:, 0])
    known = known[place < MAX_CONTACTS]
    denied = _chosen(rng, world.subscribers, figures.blocked)
    orders = _chosen(rng, world.subscribers, figures.orders)
    riders = np.concatenate([d.numbers for d in world.desks if d.kind.category == "courier"])
    orders = orders if len(riders) else orders[:0]
    awaited = riders[rng.integers(0, max(len(riders), 1), len(orders))]
    parts = [
        _contacts(numbers[known[:, 0]], numbers[known[:, 1]], "contact", None),
        _contacts(denied, _strangers(rng, numbers, len(denied)), "deny", None),
        _contacts(orders, awaited, "expected", world.start_us + DAY_US),
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


def verified(world: World) -> pa.Table:
    """Return the numbers that proved who they are and declared what they call for."""
    parts = []
    for desk in world.desks:
        rng = generator(world.seed, "verified", desk.kind.name)
        numbers = desk.numbers[rng.random(len(desk.numbers)) < desk.kind.verified]
        named = {"organisation": desk.kind.organisation, "purpose": desk.kind.category, "proof": "simulated"}
        columns = {"number": texts(numbers), "prefix": pa.array([None] * len(numbers), pa.string())}
        columns |= {name: pa.array([value] * len(numbers), pa.string()) for name, value in named.items()}
        parts.append(pa.table({**columns, "until_us": pa.nulls(len(numbers), pa.int64())}))
    return pa.concat_tables(parts)


def assignments(world: World) -> pa.Table:
    """Return numbers changing hands: those of subscribers who join, and vests put on and off."""
    joining = (world.joins >= world.days.start) & (world.joins < world.days.stop)
    numbers = world.subscribers[joining]
    since = np.array([day_start_us(day) for day in world.joins[joining].tolist()], np.int64)
    parts = [_assigned(numbers, "released", since - QUARANTINE_US), _assigned(numbers, "assigned", since)]
    for wave in world.waves:
        vests = wave.vests
        if wave.campaign.numbers in OWNED:
            begun = (vests.born >= world.start_us) & (vests.born < world.end_us)
            ended = vests.until < world.end_us
            parts.append(_assigned(vests.numbers[begun], "assigned", vests.born[begun]))
            parts.append(_assigned(vests.numbers[ended], "released", vests.until[ended]))
    return pa.concat_tables(parts).sort_by([("at_us", "ascending"), ("number", "ascending")])


def _assigned(numbers: Written, event: str, at_us: Ints) -> pa.Table:
    events = pa.array([event] * len(numbers), pa.string())
    return pa.table({"number": texts(numbers), "event": events, "at_us": at_us})
