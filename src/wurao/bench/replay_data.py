"""What ``wurao bench replay`` learns from and replays, read from the shared data, and its hostile reporters."""

from pathlib import Path
from typing import Any, Final, cast

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wurao.core import numbers
from wurao.core.clock import DAY_US
from wurao.core.errors import InputError
from wurao.intake.ftc import CATEGORIES

Numbers = npt.NDArray[np.uint64]
HOSTILE: Final = 20
POOLS: Final = (100, 1000, 10_000)
TEN_OCLOCK_US: Final = 1_625_666_400_000_000
"""2021-07-07 10:00 US Eastern."""
_COMPLAINTS: Final = "ftc_dnc_complaints_2021-07-07_before14h.parquet"
_FIRST_SEEN: Final = "ftc_dnc_numbers_first_seen_to_2025-12-02.parquet"
_PUBLIC: Final = "cn_public_service_numbers_vcards.parquet"


def same_day(folder: Path) -> tuple[pa.Table, Numbers, int]:
    """Return the reports received before ten, the callers to replay, and how many later ones concern earlier calls.

    The file's times are US Eastern daylight time, UTC-4.
    """
    rows = _complaints(folder)
    early = rows["received_us"] < TEN_OCLOCK_US
    later_calls = ~early & (rows["occurred_us"] >= TEN_OCLOCK_US)
    category = np.array([CATEGORIES.get(text, "unknown") for text in rows["text"]])
    method = np.where(rows["robot"], "robot", "unknown")
    history = _reports(rows["subject"][early], rows["occurred_us"][early], category[early], method[early])
    return history, rows["subject"][later_calls], int((~early & ~later_calls).sum())


def known_when_called(folder: Path) -> npt.NDArray[np.bool_]:
    """Tell of each replayed call whether a complaint of its number had been received before it began."""
    rows = _complaints(folder)
    subjects, place = np.unique(rows["subject"], return_inverse=True)
    first = np.full(len(subjects), np.iinfo(np.int64).max)
    np.minimum.at(first, place, rows["received_us"])
    later = (rows["received_us"] >= TEN_OCLOCK_US) & (rows["occurred_us"] >= TEN_OCLOCK_US)
    known: npt.NDArray[np.bool_] = first[place][later] < rows["occurred_us"][later]
    return known


def _complaints(folder: Path) -> dict[str, npt.NDArray[Any]]:
    return _query(
        """SELECT 10000000000 + company_phone_number::UBIGINT AS subject, lower(trim(subject)) AS text,
                   epoch_us(created_date) + 14400000000 AS received_us,
                   epoch_us(violation_date) + 14400000000 AS occurred_us,
                   coalesce(recorded_message_or_robocall = 'Y', false) AS robot
            FROM (SELECT DISTINCT * FROM read_parquet(?))
            WHERE regexp_full_match(company_phone_number, '[2-9][0-9]{9}') ORDER BY received_us""",
        folder / _COMPLAINTS,
    )


def days(folder: Path) -> list[int]:
    """Return the instants (microseconds UTC) at which numbers were first seen, ascending."""
    found = _query("SELECT DISTINCT epoch_us(first_seen) AS at FROM read_parquet(?) ORDER BY 1", folder / _FIRST_SEEN)
    return [int(at) for at in found["at"]]


def until(folder: Path, cut_us: int) -> tuple[pa.Table, Numbers]:
    """Return one report for each number first seen before the cut, and the numbers first seen at it.

    The file has no subject: all are taken as marketing, which is what the Do-Not-Call list is about.
    """
    rows = _query(
        """SELECT 10000000000 + number::UBIGINT AS subject, epoch_us(first_seen) AS at
            FROM read_parquet(?) WHERE regexp_full_match(number, '[2-9][0-9]{9}')""",
        folder / _FIRST_SEEN,
    )
    past = rows["at"] < cut_us
    count = int(past.sum())
    marketing, unknown = np.full(count, "other_commercial"), np.full(count, "unknown")
    return _reports(rows["subject"][past], rows["at"][past], marketing, unknown), rows["subject"][rows["at"] == cut_us]


def public_service(folder: Path) -> Numbers:
    """Return the public-service numbers, read as a Chinese caller would show."""
    found = _query("SELECT DISTINCT number FROM read_parquet(?)", folder / _PUBLIC)
    return np.unique(np.array([one for text in found["number"] if (one := _read(text))], np.uint64))


def bystanders(reported: Numbers, count: int, span: int, once_a: str, rng: np.random.Generator) -> Numbers:
    """Draw unreported numbers: half from all valid NANP-like ones, half from blocks of 10^span holding reported ones.

    ``once_a`` "block" draws each block alike, "report" each reported number's block alike.
    """
    size = np.uint64(10**span)
    blocks = reported // size
    near = rng.choice(blocks if once_a == "report" else np.unique(blocks), count // 2) * size
    near += rng.integers(0, 10**span, count // 2).astype(np.uint64)
    area, exchange = rng.integers(200, 1000, count // 2), rng.integers(200, 1000, count // 2)
    anywhere = 10_000_000_000 + area * 10_000_000 + exchange * 10_000 + rng.integers(0, 10_000, count // 2)
    drawn = np.concatenate((near, anywhere.astype(np.uint64)))
    return drawn[~np.isin(drawn, reported)]


def hostilities(public: Numbers, now_us: int) -> dict[str, pa.Table]:
    """Return reports against every public number: by the same 20 people, by 20 strangers each, by 20 of a pool.

    The same 20 spread their reports over a month, so that the daily limit doesn't stop them. In the last case the pool
    reports twenty neighbours of each number too.
    """
    rng = np.random.default_rng(7)
    subject = np.repeat(public, HOSTILE)
    turn = np.tile(np.arange(HOSTILE), len(public))
    at_us = now_us - DAY_US - np.repeat(np.arange(len(public)), HOSTILE) % 30 * DAY_US
    reporters = {"same_20": turn, "20_strangers_each": np.arange(len(subject))}
    for size in POOLS:
        reporters[f"20_of_{size}"] = np.concatenate([rng.choice(size, HOSTILE, replace=False) for _ in public])
    attacks = {name: _fraud(subject, at_us, reporter) for name, reporter in reporters.items()}
    around = subject // np.uint64(100) * np.uint64(100) + (subject + turn.astype(np.uint64) + np.uint64(1)) % np.uint64(
        100
    )
    name = f"20_of_{POOLS[1]}"
    attacks[name + "_and_neighbours"] = pa.concat_tables([attacks[name], _fraud(around, at_us, reporters[name])])
    return attacks


def _fraud(subject: Numbers, at_us: npt.NDArray[np.int64], reporter: npt.NDArray[np.int64]) -> pa.Table:
    return _reports(subject, at_us, np.full(len(subject), "fraud"), np.full(len(subject), "robot"), reporter)


def _reports(
    subject: Numbers,
    occurred_us: npt.NDArray[np.int64],
    category: npt.NDArray[np.str_],
    method: npt.NDArray[np.str_],
    reporter: npt.NDArray[np.int64] | None = None,
) -> pa.Table:
    count = len(subject)
    who = [None] * count if reporter is None else [int(one).to_bytes(16) for one in reporter]
    return pa.table(
        {
            "reporter": pa.array(who, pa.binary()),
            "subject": subject,
            "occurred_us": occurred_us,
            "category": pa.array(category.tolist(), pa.string()),
            "method": pa.array(method.tolist(), pa.string()),
            "wanted": np.zeros(count, np.bool_),
            "weight": np.ones(count),
        }
    )


def _read(text: str) -> int:
    try:
        return numbers.read(text, region="CN")
    except InputError:
        return 0


def _query(sql: str, path: Path) -> dict[str, npt.NDArray[Any]]:
    if not path.is_file():
        raise InputError(f"{path.name} is missing", mend="set WURAO_SHARED to the folder that holds data/")
    with duckdb.connect() as connection:
        return cast("dict[str, npt.NDArray[Any]]", connection.execute(sql, [str(path)]).fetchnumpy())
