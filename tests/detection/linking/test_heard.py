"""What was heard on honeypot lines as evidence: how much it adds, whom it joins, and that it never decides alone."""

from types import SimpleNamespace

import ibis
import numpy as np
import pyarrow as pa
import pytest

from wurao.core.clock import DAY_US
from wurao.detection.audio.fingerprint import Fingerprint
from wurao.detection.audio.kept import INGRESS, Kept
from wurao.detection.features.rows import calls_of
from wurao.detection.linking import counted, heard
from wurao.detection.linking.comparing import FAMILIES
from wurao.detection.linking.heard import MOST_NUMBERS, NEXT_HEARD, SAID, Alike, Heard, shared
from wurao.detection.linking.hearing import as_theirs, heard_by
from wurao.detection.linking.linked import link
from wurao.detection.linking.profiles import suspects

START_US = 1_786_000_000_000_000
MOST = -np.log(heard.SAID["recording"].by_chance)
LOAN = "您好我是平安普惠的客服，您名下的贷款额度已经批下来了，最高可以申请到八万元，回拨 13800138000 找我"
LOAN_ANEW = "你好我是平安普惠客服小李，您名下的贷款额度已经批下来了，最高可以申请到五万元，回拨 13800138000 找我"
SHARES = "尊敬的股民朋友，我们老师今天盘中抓到三只涨停股票，免费加入群聊领取明天的牛股代码，回拨 13800138000"


def playing(*recordings: str) -> Heard:
    return Heard(recording=frozenset(recordings))


def among(n: int, told: dict[int, Heard], calls: int = 9) -> Alike:
    known = SimpleNamespace(
        keys=pa.array(range(n)), n=np.full(n, calls), uniq=np.full(n, calls), first_us=np.arange(n)[::-1]
    )
    return Alike(known, told)


def adding(alike: Alike, a: int, b: int) -> dict[str, float]:
    [row] = alike.adds(np.array([a]), np.array([b])).tolist()
    return {name: adds for name, adds in zip(SAID, row, strict=True) if adds}


def test_what_two_strangers_would_hardly_say_both_speaks_for_them() -> None:
    alike = among(4, {0: playing("r"), 1: playing("s", "r"), 2: playing("t")})
    assert adding(alike, 0, 1) == {"recording": pytest.approx(MOST)}
    assert not adding(alike, 1, 2)
    assert not adding(alike, 0, 3), "of whom nothing was heard"
    p = alike.weighed(np.array([0.02, 0.02]), np.array([0, 1]), np.array([1, 2]))
    assert p == pytest.approx([2 / (2 + 0.98), 0.02])


def test_three_families_heard_in_one_call_say_no_more_than_the_surest() -> None:
    said = Heard(frozenset({"r"}), frozenset({"s"}), frozenset({"number 13800138000"}))
    assert adding(among(2, {0: said, 1: said}), 0, 1) == {"recording": pytest.approx(MOST)}
    other = Heard(frozenset({"another"}), frozenset({"other"}), said.callback)
    assert adding(among(2, {0: said, 1: other}), 0, 1).keys() == {"callback"}


def test_a_tune_that_most_play_says_little_and_one_that_everybody_plays_nothing() -> None:
    tune = {at: playing("tune" if at < 40 else f"r{at}") for at in range(60)}
    assert adding(among(60, tune), 0, 1)["recording"] < MOST / 3
    rare = {at: playing("r" if at < 2 else f"r{at}") for at in range(60)}
    assert adding(among(60, rare), 0, 1)["recording"] == pytest.approx(MOST)
    everywhere = {at: playing("tune") for at in range(MOST_NUMBERS + 1)}
    assert not adding(among(MOST_NUMBERS + 1, everywhere), 0, 1)
    assert not shared(everywhere)


def test_one_giant_group_proposes_a_bounded_number_of_pairs_to_each() -> None:
    pairs = [
        pair
        for block in among(300, {at: playing("r") for at in range(300)}).pairs()
        for pair in zip(*block, strict=True)
    ]
    assert 0 < len(set(pairs)) <= 300 * NEXT_HEARD
    assert all(a < b for a, b in pairs)
    assert {at for pair in pairs for at in pair} == set(range(300))


def test_a_number_of_one_call_is_compared_only_with_those_that_say_the_same() -> None:
    alike = among(3, {0: playing("r"), 1: playing("r")}, calls=1)
    p = alike.weighed(np.full(3, 0.9), np.array([0, 0, 1]), np.array([1, 2, 2]))
    assert p[0] > 0.9
    assert p[1:].tolist() == [0, 0]


class Stub:
    """A pair model that finds every pair as likely, and lets ``speaking`` families speak for it."""

    def __init__(self, p: float, *speaking: str) -> None:
        self.p, self.speaking = p, speaking

    def p_same(self, x: np.ndarray) -> np.ndarray:
        return np.full(len(x), self.p)

    def families(self, x: np.ndarray) -> np.ndarray:
        return np.tile([1.0 if name in self.speaking else -1.0 for name in FAMILIES], (len(x), 1))


def called(*rows: tuple[int, int, int, str]) -> ibis.Table:
    caller, callee, start_us, ingress = zip(*rows, strict=True)
    n = len(rows)
    columns = {"caller": caller, "callee": callee, "start_us": start_us, "ingress": ingress}
    line = {"talk_ms": [9000] * n, "ring_ms": [0] * n, "disposition": ["answered"] * n, "released_by": ["caller"] * n}
    return calls_of(ibis.memtable(pa.table({name: list(its) for name, its in (columns | line).items()})))


@pytest.fixture(scope="module")
def calls() -> ibis.Table:
    rows = [(caller, 100 + 7 * caller + k, START_US + k * DAY_US, "trunk") for caller in range(1, 7) for k in range(4)]
    return called(*rows, (7, 900, START_US, INGRESS))


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (Stub(0.1, "block"), [{"recording", "block"}]),
        (Stub(0.1), []),
        (Stub(0.001, "block", "talk"), []),
    ],
)
def test_the_same_recording_links_with_a_second_family_and_what_calls_say_against_it_counts(
    calls, model, found
) -> None:
    told = {1: playing("r"), 2: playing("r"), 3: playing("s"), 99: playing("s")}
    links = link(calls, lambda keys: np.asarray(keys).astype(np.int64), model, heard=told)
    likely = [one for one in links.links if one.p_same > 0.5]
    assert [set(one.families) for one in likely] == found
    assert [{one.a, one.b} for one in likely] == [{1, 2}][: len(found)]
    assert [set(group) for group in links.groups] == [{1, 2}][: len(found)]


def test_who_was_heard_needs_no_more_calls_than_that_one(calls) -> None:
    summary = counted.summary(as_theirs(calls))
    callers = summary.column("caller").to_pylist()
    kept = {
        name: [key for key, one in zip(callers, suspects(summary, who), strict=True) if one]
        for name, who in (("none", ()), ("seven", [7]))
    }
    assert kept == {"none": [1, 2, 3, 4, 5, 6], "seven": [1, 2, 3, 4, 5, 6, 7]}


def test_calls_to_a_line_tell_when_somebody_called_and_not_how_the_line_answers(calls) -> None:
    theirs = as_theirs(calls)
    chosen = ibis.memtable(pa.table({"caller": [1, 7], "at": [0, 1]}))
    habits = counted.habits(theirs, chosen, (*counted.HABITS, *counted.TEXTS))
    told = {name for name, table in habits.items() if 1 in table.column("at").to_pylist()}
    assert told == {"hour"}
    assert {name for name, table in habits.items() if 0 in table.column("at").to_pylist()} >= {
        "talk",
        "outcome",
        "ingress",
    }
    assert 1 not in counted.contacts(theirs, chosen).column("at").to_pylist()


def recorded(caller: int, group: str, transcript: str | None = None, at_us: int = START_US) -> Kept:
    silent = Fingerprint(np.zeros(0, np.uint32), np.zeros(0, np.bool_))
    return Kept(f"{caller}{group}", group, bytes([caller]), caller, 1, at_us, 9.0, silent, transcript)


def test_recordings_and_transcripts_become_what_was_heard_of_each_caller() -> None:
    rows = [recorded(1, "r", LOAN), recorded(2, "q", LOAN_ANEW), recorded(3, "p", SHARES), recorded(4, "o", "喂你好")]
    told = heard_by([*rows, recorded(1, "n")], {}, START_US + 1)
    assert told[b"\1"].recording == {"r", "n"}
    assert told[b"\1"].script == told[b"\2"].script != told[b"\3"].script
    [callback] = told[b"\1"].callback
    assert told[b"\3"].callback == {callback}
    assert callback.endswith("3800138000")
    assert told[b"\4"] == playing("o"), "two words are no script"


def test_what_the_holder_before_said_and_what_comes_later_is_left_out() -> None:
    rows = [recorded(1, "r"), recorded(2, "r"), recorded(3, "r", at_us=START_US + 5)]
    assert heard_by(rows, {b"\1": START_US + 1, b"\2": START_US}, START_US + 5).keys() == {b"\2"}
