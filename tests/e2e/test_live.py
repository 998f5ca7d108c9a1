"""A robot that dials through a real Kamailio is labelled, then rejected; a courier as busy rings throughout."""

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from wurao.access.roles import Role
from wurao.core.clock import SystemClock
from wurao.core.wishes import default_profile
from wurao.detection.calibration.thresholds import threshold
from wurao.detection.live import NAME
from wurao.detection.live.replaying import replayed
from wurao.detection.scoring import models
from wurao.detection.scoring.judging import Model
from wurao.detection.scoring.manifest import Granted
from wurao.store.book import Book
from wurao.store.home import Home

served = sys.modules["wurao_served"]
switches = sys.modules["wurao_switch"]
crowds = sys.modules["wurao_crowd"]

pytestmark = pytest.mark.e2e
TRUNK = '[settings.default]\nanswer = "redirect"\n'
PACE_S = 0.25
BEFORE = 14
"""Calls of each before anybody reports the robot."""
RATE = 0.05
"""The share of couriers that a small crowd can speak for; the product asks for one in 100,000."""
HISTORY_S = 5


@pytest.fixture(scope="module", autouse=True)
def _installed():
    if lacking := switches.missing():
        pytest.skip(f"no real SIP here: apt-get install -y --no-install-recommends {lacking}")


@pytest.fixture(scope="module")
def calls():
    """A robot's and a courier's calls, of a crowd that the model never saw; the courier is as quick as the robot."""
    crowd = crowds.Crowd(3, PACE_S)
    lasts = {n: np.ptp(crowd.events["at_us"][crowd.events["caller"] == n]) for n in crowd.callers.tolist()}
    machine = dict(zip(crowd.callers.tolist(), crowd.machine.tolist(), strict=True))
    robot = next(number for number in lasts if machine[number])
    courier = min((n for n in lasts if not machine[n]), key=lambda n: abs(lasts[n] - lasts[robot]))
    return tuple(crowd.events[crowd.events["caller"] == number] for number in (robot, courier))


@pytest.fixture(scope="module")
def service(calls, tmp_path_factory):
    running = served.Served(tmp_path_factory.mktemp("served"))
    with Home.open(running.home).lock() as home:
        (home.path / "conf/local.d").mkdir(parents=True)
        (home.path / "conf/local.d/trunk.toml").write_text(TRUNK)
        learn(home.folder("models") / NAME)
        book = Book.at(home.book, SystemClock())
        book.set_wishes({int(n): default_profile() for events in calls for n in np.unique(events["callee"])})
        book.close()
    running.start()
    yield running
    running.close()


def learn(folder: Path) -> None:
    """Train on one crowd, and let the couriers of another say from which evidence on a reject is granted."""
    stored = models.read(crowds.Crowd(1, PACE_S).train(folder))
    other = crowds.Crowd(2, PACE_S)
    couriers = set(other.callers[~other.machine].tolist())
    stages = []
    for stage, seen, evidence in Model(stored).evidence(replayed(other.events)):
        granted = Granted(threshold(evidence[[caller in couriers for caller in seen.callers]], RATE))
        stages.append(msgspec.structs.replace(stage, by_kind=dict.fromkeys(stage.by_kind, granted)))
    models.write(folder, msgspec.structs.replace(stored.manifest, version=2, stages=tuple(stages)), stored.files)
    models.promote(folder, 2)


@pytest.fixture(scope="module")
def switch(service, tmp_path_factory):
    running = switches.Switch(tmp_path_factory.mktemp("switch"), service.home)
    running.start()
    yield running
    running.stop()


def dialled(switch, events, name: str) -> None:
    """Let these calls come in at their pace."""
    waits = (events["at_us"] - events["at_us"].min()) // 1_000
    file = switch.folder / f"{name}.csv"
    rows = zip(events["caller"].tolist(), events["callee"].tolist(), waits.tolist(), strict=True)
    file.write_text("SEQUENTIAL\n" + "".join(f"+{caller};+{callee};{wait};\n" for caller, callee, wait in rows))
    done = subprocess.run(
        [
            *switch._sipp("asked", switches.free_udp_port()),
            *("-inf", str(file), "-m", str(len(events)), "-r", "1000", f"{switches.HOST}:{switch.port}"),
        ],
        cwd=switch.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-500:]


def actions(service, events, calls: int) -> list[str]:
    """Return what was done with a caller's calls, in their order."""
    wanted = {"number": f"+{events['caller'][0]}", "limit": 100}

    def rows() -> list[dict]:
        with service.client(Role.ADMIN) as client:
            return client.get("/history", params=wanted).json()

    served.wait_for(lambda: len(rows()) == calls, HISTORY_S, f"{calls} calls are in the history")
    return [row["action"] for row in rows()][::-1]  # newest first


def test_a_robot_is_labelled_then_rejected_while_a_courier_as_busy_rings(service, switch, calls, capsys) -> None:
    robot, _ = calls
    dialled(switch, np.concatenate([events[:BEFORE] for events in calls]), "before")
    before = actions(service, robot, BEFORE)
    assert "label" in before
    assert "reject" not in before, "one family of signals doesn't reject"
    with service.client(Role.EDGE) as client:
        for reporter in ("13900000001", "13900000002"):
            report = {"subject": f"+{robot['caller'][0]}", "reporter": reporter, "category": "fraud"}
            report["occurred_us"] = SystemClock().now_us()
            assert client.post("/v1/reports", json=report).status_code == 201
    dialled(switch, np.concatenate([events[BEFORE:] for events in calls]), "after")
    done, rung = (actions(service, events, len(events)) for events in calls)
    # each stage judges by itself: of twenty calls this small crowd has too few to be as sure as of ten
    assert "reject" in done[BEFORE:]
    assert set(rung) == {"ring"}
    with capsys.disabled():
        sys.stdout.write(
            f"\n  a robot is labelled at its call {done.index('label') + 1} and, reported by two after {BEFORE},"
            f" rejected at call {done.index('reject') + 1}; all {len(rung)} calls of a courier ring\n"
        )
