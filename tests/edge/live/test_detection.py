"""What pages ask of a home's newest run: nothing before the first, no key but a caller's, and a person's withdrawal."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from wurao.core.clock import DAY_US, FixedClock
from wurao.detection.calibration.drift import Drift
from wurao.detection.daily import kept
from wurao.detection.daily.day import Day
from wurao.detection.daily.scored import Figures, OfClass
from wurao.detection.scoring.explaining import Explanation, Reason
from wurao.edge.live.detection import LiveDetection
from wurao.store.book import Book
from wurao.store.book.registry import VerifiedCaller
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake
from wurao.store.schema import ID, SEALED

NOW_US = 1_787_000_000_000_000
ROBOT = 8613712345678
FIGURES = Figures(
    at_us=NOW_US,
    from_us=NOW_US - 14 * DAY_US,
    to_us=NOW_US,
    version=1,
    callers=1,
    judged=1,
    by_class={"fraud": OfClass(1, 1, 0)},
    caught={6: 1.0},
    drift={"gap_median": Drift(0.4, "alert"), "uniq": Drift(0.15, "watch")},
    shadow=None,
    usual={},
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


@pytest.fixture
def book(home: Home) -> Iterator[Book]:
    book = Book.at(home.book, FixedClock(NOW_US))
    yield book
    book.close()


@pytest.fixture
def detection(home: Home, book: Book) -> LiveDetection:
    return LiveDetection(home, Lake(home), Identities(KeyRing.open(home)), book, FixedClock(NOW_US))


def ran(home: Home, book: Book, detection: LiveDetection) -> None:
    why = Explanation(5, 3.0, 0.0, (Reason("FANOUT", 3.0, {"new": 1.0}),), ())
    columns = {
        "caller_id": pa.array([bytes.fromhex(detection.key(ROBOT))], ID),
        "caller": pa.array([ROBOT], pa.uint64()),
        "caller_sealed": pa.array([None], SEALED),
        "n_calls": [9],
        "p_nuisance": [0.9],
        "level": ["label"],
        "kind": ["fraud"],
        "first_label_call": [6],
        "first_reject_call": pa.array([None], pa.int64()),
        "seen": [5],
        "new": [1.0],
        "reasons": [msgspec.json.encode(why).decode()],
    }
    kept.take_effect(book, kept.write(home, Day(FIGURES, pa.table(columns))))


def metrics(detection: LiveDetection) -> dict[str, float]:
    return {sample.name: sample.value for metric in detection.collect() for sample in metric.samples}


def test_the_newest_run_has_metrics(
    home: Home, book: Book, detection: LiveDetection, caplog: pytest.LogCaptureFixture
) -> None:
    assert metrics(detection) == {}
    ran(home, book, detection)
    assert metrics(detection) == {
        "wurao_daily_run_timestamp_seconds": NOW_US / 1e6,
        "wurao_daily_flagged": 1,
        "wurao_daily_drifted": 1,
    }
    path = kept.in_force(home, book)
    assert path
    path.write_bytes(b"damaged")
    assert metrics(detection) == {}
    assert "no metrics" in caplog.text


def test_a_run_that_never_was_is_told_where_there_are_calls_to_judge(home: Home, detection: LiveDetection) -> None:
    def land(start_us: int) -> None:
        rows = pa.Table.from_pylist(
            [{"row_id": start_us.to_bytes(16, "big"), "caller": ROBOT, "callee": ROBOT + 1, "start_us": start_us}]
        )
        identities = Identities(KeyRing.open(home))
        Lake(home).append("calls", identities.protect("calls", rows, lambda n: np.zeros(len(n), np.bool_)))

    with home.lock():
        land(NOW_US - 30 * DAY_US)
        assert metrics(detection) == {}
        land(NOW_US - DAY_US)
    assert metrics(detection) == {"wurao_daily_run_timestamp_seconds": 0}


def test_before_the_first_run_there_is_nothing_to_tell(detection: LiveDetection) -> None:
    assert (detection.figures(), detection.flagged()) == (None, [])
    assert (detection.score(detection.key(ROBOT)), detection.timeline(detection.key(ROBOT))) == (None, None)


def test_the_newest_run_is_read_when_asked(home: Home, book: Book, detection: LiveDetection) -> None:
    ran(home, book, detection)
    assert detection.figures() == FIGURES
    assert [score.number for score in detection.flagged()] == [ROBOT]
    assert detection.score(detection.key(ROBOT)) == detection.flagged()[0]
    for wrong in ("", "x", "ff", "0" * 31, detection.key(1)):
        assert detection.score(wrong) is None


def test_a_person_withdraws_a_verification_and_the_change_says_who(
    home: Home, book: Book, detection: LiveDetection
) -> None:
    ran(home, book, detection)
    book.put_verified([VerifiedCaller(ROBOT, "Clinic", "reminder")])
    assert [one.alarm for one in detection.registry(detection.flagged())] == [True]
    detection.withdraw(detection.key(ROBOT + 1), 0, "mei")
    assert book.verified_for(ROBOT)
    detection.withdraw(detection.key(ROBOT), 0, "mei")
    assert detection.registry(detection.flagged()) == []
    assert not book.verified_for(ROBOT)
    assert book.changes_after(0)[-1].note == "by mei"
