"""A simulated world as a bench of the detector takes it: drawn, typed as intake types it, its features, its truth."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import duckdb
import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import parquet

from wurao.core.clock import DAY_US, parse_instant
from wurao.detection.features.running import by_window, calls_in, limits
from wurao.detection.scoring.judging import Model
from wurao.detection.scoring.staged import KS, Features, Truth
from wurao.detection.scoring.truth import truth_of
from wurao.intake.typed import write_typed
from wurao.sim.figures import Figures, shipped
from wurao.sim.truth import OUTSIDER
from wurao.sim.world import Options, World
from wurao.sim.writing import write

START_US: Final = parse_instant("2026-03-02T00:00:00+08:00")
LENT: Final = "rented-cards"
"""The trade whose numbers persons lent: half their calls are a private life's."""
_SEASON_US: Final = 28 * DAY_US

_FIRST: Final = """
copy (
  select * from calls qualify caller not in (select number from truth where bulk)
    or row_number() over (partition by caller order by start_us, call_id, callee) <= {first}
) to '{out}' (format parquet)
"""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Plan(msgspec.Struct, frozen=True):
    """How large a world is and who calls in it."""

    subscribers: int
    days: int
    options: Options = Options()
    first: int | None = None
    """Only so many first calls of who is no person are looked at, with all that come back to them."""


class Drawn(msgspec.Struct, frozen=True):
    """A world at hand: a port to its features, and in ``db`` the tables ``calls``, ``truth`` and ``reports``."""

    features: Features
    truth: Truth
    numbers: Ints
    kinds: npt.NDArray[np.str_]
    """The simulation's own: finer than categories."""
    worn_us: Ints
    """How long each number is in use within the world, in microseconds."""
    db: duckdb.DuckDBPyConnection

    @property
    def bad(self) -> Flags:
        """Return who is a nuisance."""
        return np.asarray(self.truth.bad == 1)

    @property
    def lent(self) -> Flags:
        """Return whose number a person lent."""
        return np.asarray(self.kinds == LENT)


@contextmanager
def drawn(seed: int, plan: Plan, figures: Figures | None = None) -> Iterator[Drawn]:
    """Give the world of a seed: other campaigns, numbers and people, and days four weeks after the seed before."""
    with TemporaryDirectory(prefix="bench-early-") as name:
        folder = Path(name)
        start_us = START_US + seed * _SEASON_US
        world = World(figures or shipped(), seed, plan.subscribers, start_us, plan.days, plan.options)
        rows = write(world, folder)
        click.echo(f"seed {seed}: {rows['calls']:,} calls", err=True)
        write_typed(folder / "calls.parquet", folder / "typed.parquet")
        yield from _opened(folder, plan.first)


def _opened(folder: Path, first: int | None) -> Iterator[Drawn]:
    truth, table = truth_of(folder / "truth/callers.parquet"), parquet.read_table(folder / "truth/callers.parquet")
    numbers, kinds = np.array(list(truth.place), np.int64), np.array(table.column("kind").to_pylist())
    bulk = ~np.isin(kinds, ["person", OUTSIDER])
    with duckdb.connect(config=limits(folder)) as db:
        db.execute(f"create view calls as from '{folder}/typed.parquet'")
        db.register("truth", pa.table({"number": numbers, "written": table.column("number"), "bulk": bulk}))
        seen = folder / "typed.parquet"
        if first is not None:
            seen = folder / "first.parquet"
            db.execute(_FIRST.format(first=first, out=seen))
        db.execute(
            "create view reports as select number, received_us"  # noqa: S608 - our folder
            f" from '{folder}/reports.parquet' as told join truth on told.subject = truth.written"
        )
        worn_us = np.asarray(table.column("to_us")) - np.asarray(table.column("from_us"))
        with calls_in([seen], folder) as calls:
            yield Drawn(by_window(calls), truth, numbers, kinds, worn_us, db)


class Scored(msgspec.Struct, frozen=True):
    """What a model says of each number of the truth; arrays share its positions."""

    evidence: Floats
    """[numbers, stages], NaN for fewer than k calls."""
    by_then: Flags
    """[numbers, stages]: who was with its k-th call what the truth calls it; a card lent later was not."""
    first_label: Ints
    """The call with which labels begin, 0 for never."""
    first_reject: Ints


def scored(model: Model, world: Drawn) -> Scored:
    """Return the evidence after each stage and when the model would label and reject."""
    n, ks = len(world.numbers), [stage.k for stage in model.manifest.stages]
    nothing, nobody = np.full((n, len(ks)), np.nan), np.zeros((n, len(ks)), np.bool_)
    found = Scored(nothing, nobody, np.zeros(n, np.int64), np.zeros(n, np.int64))
    for stage, seen, evidence in model.evidence(world.features):
        known, places = _places(seen.callers, world.truth)
        found.evidence[places, ks.index(stage.k)] = evidence[known]
        found.by_then[world.truth.within(seen)[1], ks.index(stage.k)] = True
    scores = model.score(world.features)
    known, places = _places(scores.callers, world.truth)
    found.first_label[places], found.first_reject[places] = scores.first_label[known], scores.first_reject[known]
    return found


def made(world: Drawn) -> Ints:
    """Return how many calls each number of the truth made."""
    found = world.db.execute("select caller, count(*)::bigint as n from calls group by caller").fetchnumpy()
    calls = dict(zip(found["caller"].tolist(), found["n"].tolist(), strict=True))
    return np.array([calls.get(number, 0) for number in world.numbers.tolist()], np.int64)


def highest(evidence: Floats, rate: float) -> float:
    """Return the evidence above which at most a share ``rate`` of these numbers ever comes; NaN counts as never."""
    ordered = np.sort(np.nan_to_num(evidence, nan=-np.inf).max(axis=1))[::-1]
    return float(ordered[int(rate * len(ordered))])


def first_above(evidence: Floats, limit: float) -> Ints:
    """Return the call with which an action begins where evidence above ``limit`` is enough for it; 0 for never."""
    above = evidence > limit
    return np.where(above.any(axis=1), np.array(KS)[: evidence.shape[1]][above.argmax(axis=1)] + 1, 0)


def _places(callers: tuple[object, ...], truth: Truth) -> tuple[Ints, Ints]:
    """Return which of these callers the truth knows, and their positions in it."""
    known = [i for i, caller in enumerate(callers) if caller in truth.place]
    return np.array(known, np.int64), np.array([truth.place[callers[i]] for i in known], np.int64)
