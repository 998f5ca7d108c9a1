"""Live detection: what is written when a caller is judged, and who permits a reject; faults cost scores alone."""

from types import SimpleNamespace

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from wurao.core.clock import DAY_US, FixedClock
from wurao.core.standing import Standing
from wurao.detection.calibration.going_live import LEAST_JUDGED, Rehearsal
from wurao.detection.calibration.thresholds import Threshold
from wurao.detection.live._callers import Callers
from wurao.detection.live.detecting import Found
from wurao.detection.live.evidence import Evidence, Held
from wurao.detection.live.records import RECORD
from wurao.detection.scoring.explaining import Reason
from wurao.detection.scoring.manifest import Granted
from wurao.detection.scoring.standing import LABEL_AT_MOST
from wurao.edge.live.detecting import WAITING, CallerDetection
from wurao.edge.live.permitting import Permitting
from wurao.screening.config import load
from wurao.screening.knowledge import Knowledge
from wurao.screening.maps import OperatorMaps
from wurao.store.book import Book
from wurao.store.book.registry import VerifiedCaller

ROBOT = 8613712345678
NOW_US = 20_000 * DAY_US
FANOUT = (Reason("FANOUT", 2.0, {"uniq": 1.0}),)


def found(level, calls=5, p=0.97, *, wanted=False, was=None):
    return Found(ROBOT, calls, p, level, "fraud", FANOUT, wanted=wanted, was=was or Held(0))


class Judge:
    """Says what it was told to, of whoever reached a k."""

    def __init__(self):
        self.says = []
        granted = SimpleNamespace(k=10, by_kind={"courier": Granted(Threshold(4.0, 300_000, 1e-5, 1e-5))})
        self.stored = SimpleNamespace(manifest=SimpleNamespace(version=3, stages=(granted,)))

    def judge(self, _callers, _reached, evidence):
        for one in self.says:
            rejected = one.was.rejected or one.level == "reject"
            evidence.put(one.caller, Held(one.calls, one.was.flagged, one.was.wanted, rejected))
            yield [one]


class Place:
    def __init__(self, folder):
        policy = load().policy
        self.clock = FixedClock(NOW_US)
        self.book = Book.at(folder / "book.db", self.clock)
        self.judge = Judge()
        self.evidence = Evidence((1, 1), Rehearsal(NOW_US, 0, 0))
        permitting = Permitting(Knowledge(self.book, OperatorMaps(policy, folder)), lambda: policy)
        self.detection = CallerDetection(
            self.judge, Callers(10), self.evidence, lambda _now: None, permitting, self.book, self.clock
        )
        self.detection.follow()

    def says(self, *those):
        self.judge.says = those
        self.detection.heed(np.zeros(1, RECORD))
        self.detection.judge_waiting()

    @property
    def strength(self):
        return {row.symbol: row.strength for row in self.book.standing_of(ROBOT)}.get("ROBOT_CALLER")

    def write(self, symbol, strength=1.0):
        self.book.write_standing([Standing(ROBOT, symbol, strength, "reporting", NOW_US)])


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    yield made
    made.book.close()


def test_a_label_stands_with_its_reasons_and_goes_when_the_caller_rings_again(place):
    place.says(found("label"))
    assert {row.symbol for row in place.book.standing_of(ROBOT)} == {"ROBOT_CALLER", "FANOUT"}
    assert len(place.book.changes_after(0)) == 1  # one batch, one change
    held = place.evidence.of(ROBOT)
    assert held.flagged
    place.says(found("ring", 10, was=held))
    assert place.book.standing_of(ROBOT) == []
    assert not place.evidence.of(ROBOT).flagged


def test_a_reject_waits_for_a_second_family_and_falls_back_without_it(place):
    place.says(found("reject"))
    assert place.strength == LABEL_AT_MOST
    place.write("REPORTED", 0.03)  # one stranger is no family
    place.detection.follow()
    assert place.strength == LABEL_AT_MOST
    place.write("REPORTED", 0.0588)  # two are
    place.detection.follow()
    assert place.strength == 0.97
    place.book.replace_standing("reporting", [])
    place.detection.follow()  # sees that much is new
    place.detection.follow()
    assert place.strength == LABEL_AT_MOST


def test_a_label_stays_one_whatever_is_reported(place):
    place.says(found("label"))
    place.write("REPORTED")
    place.detection.follow()
    assert place.strength == LABEL_AT_MOST


@pytest.mark.parametrize("vouching", ["LEGITIMATE_BULK", "REDRESSED", "registry"])
def test_who_is_vouched_for_is_never_rejected_and_the_misuse_is_told(place, vouching, caplog):
    if vouching == "registry":
        place.book.put_verified([VerifiedCaller(ROBOT, "a courier", "delivery", until_us=NOW_US + DAY_US)])
    else:
        place.write(vouching)
    place.write("REPORTED")
    place.says(found("reject"))
    place.detection.follow()
    assert place.strength == LABEL_AT_MOST
    assert "vouches for 137****5678" in caplog.text
    assert place.evidence.rehearsal.false_blocks == 1


def test_a_week_in_shadow_without_a_false_block_permits_and_one_false_block_forbids(place):
    place.evidence.count(Rehearsal(NOW_US - 8 * DAY_US, LEAST_JUDGED, 0))
    place.says(found("reject"))
    assert place.strength == 0.97
    place.says(found("reject", 10, wanted=True, was=place.evidence.of(ROBOT)))
    assert place.evidence.rehearsal == Rehearsal(NOW_US - 8 * DAY_US, LEAST_JUDGED + 1, 1)
    place.detection.follow()
    assert place.strength == LABEL_AT_MOST


def test_what_was_rehearsed_and_what_it_permits_are_metrics(place):
    names = ("days", "wanted", "false_blocks", "may_reject")
    assert [metrics(place)[f"wurao_rehearsal_{name}"] for name in names] == [0, 0, 0, 0]
    place.evidence.count(Rehearsal(NOW_US - 8 * DAY_US, LEAST_JUDGED, 0))
    assert [metrics(place)[f"wurao_rehearsal_{name}"] for name in names] == [8, LEAST_JUDGED, 0, 1]
    place.says(found("reject", wanted=True))
    assert [metrics(place)[f"wurao_rehearsal_{name}"] for name in names] == [8, LEAST_JUDGED + 1, 1, 0]


def metrics(place):
    return {sample.name: sample.value for metric in place.detection.collect() for sample in metric.samples}


def test_a_reject_before_a_caller_was_known_as_wanted_is_a_false_block_too(place):
    place.says(found("reject"))
    place.says(found("ring", 10, wanted=True, was=place.evidence.of(ROBOT)))
    place.says(found("reject", 20, wanted=True, was=place.evidence.of(ROBOT)))
    assert (place.evidence.rehearsal.judged, place.evidence.rehearsal.false_blocks) == (1, 1)


def test_nothing_is_held_against_a_new_holder(place):
    place.judge.says = [found("label")]
    place.detection.heed(np.zeros(1, RECORD))  # a record of the holder before, not yet judged
    place.detection.forget([ROBOT])
    place.detection.judge_waiting()
    assert place.evidence.of(ROBOT) is None
    assert place.book.standing_of(ROBOT) == []
    place.says(found("ring"))
    assert place.evidence.of(ROBOT) == Held(5)


def test_numbers_in_new_hands_find_room_where_records_do_not(place):
    for _ in range(WAITING):
        place.detection.heed(np.zeros(1, RECORD))
    place.evidence.put(ROBOT, Held(5))
    place.detection.forget([ROBOT])
    place.detection.close()
    assert place.evidence.of(ROBOT) is None


def test_another_model_s_reject_is_not_permitted_by_what_this_one_rehearsed(place):
    facts = {"model": "robots", "p": 0.97, "level": "reject"}
    place.book.write_standing([Standing(ROBOT, "ROBOT_CALLER", LABEL_AT_MOST, "detection", NOW_US, facts=facts)])
    place.write("REPORTED")
    place.detection.follow()
    assert place.strength == LABEL_AT_MOST


def test_a_wanted_caller_is_counted_once(place):
    place.says(found("ring", wanted=True))
    place.says(found("ring", 10, wanted=True, was=place.evidence.of(ROBOT)))
    assert place.evidence.rehearsal.judged == 1


def test_what_was_held_back_is_known_after_a_restart(place, tmp_path):
    place.says(found("reject"))
    place.write("REPORTED")
    again = Place(tmp_path)
    assert again.strength == 0.97
    again.book.close()


def test_a_fault_costs_scores_alone_and_is_counted(place, caplog):
    place.judge.says = [None]
    place.detection.heed(np.zeros(3, RECORD))
    place.detection.judge_waiting()
    for _ in range(WAITING + 1):
        place.detection.heed(np.zeros(1, RECORD))
    assert "3 callers were not judged" in caplog.text
    place.judge.says = [found("ring")]
    place.detection.close()
    registry = CollectorRegistry()
    registry.register(place.detection)
    told = generate_latest(registry).decode()
    assert "wurao_callers_not_judged_total 4.0" in told
    assert f'wurao_callers_judged_total{{level="ring"}} {WAITING / 20}' in told
