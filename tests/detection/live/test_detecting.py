"""A live model on a small crowd of machines and people: learnt from replayed calls, judging call by call."""

import sys
from itertools import chain
from pathlib import Path

import msgspec
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from crowd import CALLERS, FIRST, Crowd

from wurao.cli.doctor import examined
from wurao.core.clock import DAY_US, SystemClock
from wurao.core.errors import StoreError, VerificationError
from wurao.detection.calibration.going_live import Rehearsal
from wurao.detection.live import evidence, model
from wurao.detection.live._callers import Callers
from wurao.detection.live.detecting import Detecting
from wurao.detection.live.evidence import Evidence, Held
from wurao.detection.live.records import RECORD
from wurao.detection.live.replaying import replayed
from wurao.detection.live.sealing import Sealing
from wurao.detection.scoring import judging, models
from wurao.detection.scoring.trees import booster
from wurao.store.home import Home
from wurao.store.keys import KeyRing


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = Home.create(tmp_path_factory.mktemp("live") / "home")
    Crowd(1).train(made.folder("models") / "live")
    return made


def judged(detecting, held, events, batch):
    callers, found = Callers(1_000), []
    for start in range(0, len(events), batch):
        room = np.zeros(batch, RECORD)
        copied = callers.update(events[start : start + batch], room)
        found += chain.from_iterable(detecting.judge(callers, room[:copied], held))
    return found


def none_held(detecting):
    return Evidence(detecting.mark, Rehearsal(0, 0, 0))


def test_machines_are_labelled_by_their_first_calls_and_told_why(home):
    detecting = Detecting(model.at_work(home))
    crowd = Crowd(2)
    found = judged(detecting, none_held(detecting), crowd.events, 500)
    last = {one.caller: one for one in found if one.calls == 20}
    is_machine = dict(zip(crowd.callers.tolist(), crowd.machine.tolist(), strict=True))
    right = sum((last[caller].level == "label") == bad for caller, bad in is_machine.items())
    assert right > 0.95 * CALLERS
    robot = next(one for one in last.values() if one.level == "label" and is_machine[one.caller])
    assert robot.kind == "fraud"
    assert {"FANOUT", "ROBOT_PACING"} & {reason.symbol for reason in robot.reasons}


def test_call_by_call_says_what_scoring_all_at_once_says(home):
    detecting, stored = Detecting(model.at_work(home)), model.at_work(home)
    events = Crowd(3).events
    live = {(one.caller, one.calls): one.p for one in judged(detecting, none_held(detecting), events, 64)}
    at_once = judging.Model(stored).score(replayed(events))
    k = stored.manifest.stages[-1].k
    for caller, p in zip(at_once.callers, at_once.p.tolist(), strict=True):
        assert live[caller, k] == pytest.approx(p)


def test_who_lacks_evidence_of_the_stage_before_is_passed_over(home):
    detecting = Detecting(model.at_work(home))
    events = Crowd(2).events
    held = none_held(detecting)
    room = np.zeros(5_000, RECORD)
    callers = Callers(1_000)
    reached = room[: callers.update(events, room)]
    assert not list(detecting.judge(callers, reached[reached["calls"] == 10], held))
    for k in (5, 10):
        (found,) = detecting.judge(callers, reached[reached["calls"] == k], held)
        assert len(found) == CALLERS


def test_evidence_outlives_the_process_and_knows_its_model(home):
    folder, sealing = home.folder("callers"), Sealing(KeyRing.open(home))
    assert evidence.read(folder, sealing) is None
    held = Evidence((1, 7), Rehearsal(5, 3, 0))
    held.put(FIRST, Held(5))
    held.flag(FIRST, flagged=True, wanted=False)
    held.write(folder, sealing)
    again = evidence.read(folder, sealing)
    assert (again.mark, again.rehearsal, again.of(FIRST)) == ((1, 7), Rehearsal(5, 3, 0), Held(5, flagged=True))
    (folder / f".{evidence.FILE}.new").write_bytes(b"a kill left it half written")
    assert evidence.erase(folder, sealing, FIRST)
    assert not (folder / f".{evidence.FILE}.new").exists()
    assert not evidence.erase(folder, sealing, FIRST)
    assert len(evidence.read(folder, sealing)) == 0
    (folder / evidence.FILE).write_bytes(b"\x01nonsense that is long enough to be sealed")
    with pytest.raises(StoreError, match="damaged"):
        evidence.read(folder, sealing)


def test_evidence_is_bounded(monkeypatch):
    monkeypatch.setattr(evidence, "MOST", 3)
    held = Evidence((1, 7), Rehearsal(0, 0, 0))
    for caller in (1, 2, 3, 1, 4):
        held.put(caller, Held(5))
    assert [held.of(caller) is not None for caller in (1, 2, 3, 4)] == [True, False, True, True]


def test_the_doctor_loads_a_live_model_as_the_service_does(home, monkeypatch):
    def said():
        found = {check.name: check for check in examined(home.path)}["live detection"]
        return found.ok, found.detail, found.mend

    (home.folder("callers") / evidence.FILE).unlink(missing_ok=True)
    on = f"on: {model.said_of(stored := model.at_work(home))}"
    assert said()[:2] == (True, f"{on}; nothing rehearsed yet")
    folder, sealing = home.folder("callers"), Sealing(KeyRing.open(home))
    Evidence(Detecting(stored).mark, Rehearsal(SystemClock().now_us() - DAY_US, 70, 2)).write(folder, sealing)
    ok, detail, _ = said()
    assert ok
    assert detail.startswith(
        f"{on}; rehearsed 1.0 days, 70 wanted callers, 2 false blocks: this version rejects nobody"
    )
    assert detail.endswith("wurao detect promote N --name live, restart")
    (folder / evidence.FILE).unlink()
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "onnxruntime", None)
        assert said() == (False, "onnxruntime is not installed", "pip install 'wurao[ml]'")
    other = msgspec.structs.replace(stored.manifest, columns=(*stored.manifest.columns[1:], "cells"))
    monkeypatch.setattr(model, "at_work", lambda _: msgspec.structs.replace(stored, manifest=other))
    ok, detail, mend = said()
    assert not ok
    assert "asks for 'cells', which no edge tells" in detail
    assert "wurao detect train --name live" in mend


def test_trees_that_this_lightgbm_cannot_read_are_one_of_our_errors():
    with pytest.raises(VerificationError, match="no usable trees"):
        booster("tree\nversion=v9")


def test_one_line_says_what_the_live_model_does(home):
    stored = model.at_work(home)
    stages = ", ".join(str(stage.k) for stage in stored.manifest.stages)
    assert model.said_of(stored) == f"version 1 judges after {stages} calls, only labels"
    assert models.at_work(home.folder("models") / "other") is None
