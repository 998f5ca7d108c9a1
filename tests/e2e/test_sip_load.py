"""Calls in numbers: what is sent is answered and is in the history, whoever is killed and whatever is switched."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from wurao.core.clock import SystemClock
from wurao.core.standing import Standing
from wurao.core.wishes import strict_profile
from wurao.edge import ring
from wurao.edge.ring import RingReader
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.lake import Lake

served = sys.modules["wurao_served"]
switches = sys.modules["wurao_switch"]

pytestmark = [pytest.mark.e2e, pytest.mark.switch]
NUISANCE, CALLEE = 13712345678, 13900139000
TRUNK = '[settings.default]\nanswer = "redirect"\n'
CALLS: Final = {"desk": 4_000, "ci": 10_000, "long": 1_000_000}
RATE: Final = {"desk": 1_000, "ci": 2_000, "long": 5_000}
SWITCHES: Final = {"desk": 2, "ci": 3, "long": 20}
KILL_EVERY_S: Final = {"desk": 2.0, "ci": 2.0, "long": 20.0}
"""A worker's ring holds 26 s of its calls at 5,000 a second; a service that starts again needs some of that."""
COLLECTED_S: Final = 60
GROWTH_KB: Final = 2_048
"""A worker's own memory may grow by this: what Python and Kamailio keep for reuse."""


@pytest.fixture(scope="module", autouse=True)
def _installed():
    if lacking := switches.missing():
        pytest.skip(f"no real SIP here: apt-get install -y --no-install-recommends {lacking}")


@pytest.fixture
def service(tmp_path):
    running = served.Served(tmp_path)
    with Home.open(running.home).lock() as home:
        (home.path / "conf/local.d").mkdir(parents=True)
        (home.path / "conf/local.d/trunks.toml").write_text(TRUNK)
        clock = SystemClock()
        book = Book.at(home.book, clock)
        book.set_wish(86 * 10**11 + CALLEE, strict_profile())
        book.write_standing(
            [Standing(86 * 10**11 + NUISANCE, "LISTED", 1.0, "imported", clock.now_us(), category="fraud")]
        )
        book.close()
    running.start()
    yield running
    running.close()


@pytest.fixture
def switch(service, tmp_path):
    running = switches.Switch(tmp_path, service.home)
    running.start()
    yield running
    running.stop()


def numbers(path: Path, first: int, count: int) -> Path:
    """Write as many distinct callers, all to CALLEE."""
    path.write_text("SEQUENTIAL\n" + "".join(f"{number};{CALLEE};\n" for number in range(first, first + count)))
    return path


def anonymous_kb(process: int) -> int:
    """Return the memory of a process that is its own."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0])


def ended(calling: subprocess.Popen[str]) -> None:
    out, err = calling.communicate()
    assert calling.returncode == 0, out[-1500:] + err[-500:]


def kept(home: Path) -> dict[str, int]:
    """Return how many decisions there are by action; no receipt twice."""
    lake = Lake(Home.open(home))
    with lake.connection() as connection:
        lake.relation(connection, "decisions").create_view("rows")
        rows = connection.execute(
            "select action, count(*), count(distinct receipt) from rows group by action"
        ).fetchall()
    assert all(count == distinct for _, count, distinct in rows)
    return {action: count for action, count, _ in rows}


def settled(service) -> dict[str, int]:
    """Return what is kept once the rings are empty; fails where one of them overran."""
    rings = [RingReader(path) for path in ring.rings_in(service.home.parent / "rings")]
    served.wait_for(lambda: not any(reader.read(1) for reader in rings), COLLECTED_S, "the rings are empty", pace=0.5)
    assert not sum(reader.lost for reader in rings)
    for reader in rings:
        reader.close()
    return kept(service.home)


def test_counts_agree_though_the_collector_is_killed(service, switch, size, tmp_path) -> None:
    calls, rate = CALLS[size], RATE[size]
    nuisance = calls // 10
    clean = switch.calling(404, numbers(tmp_path / "clean.csv", 13800000000, calls), calls, rate)
    tmp_path.joinpath("nuisance.csv").write_text(f"SEQUENTIAL\n{NUISANCE};{CALLEE};\n")
    listed = switch.calling(603, tmp_path / "nuisance.csv", nuisance, rate // 10)
    time.sleep(1)
    before = {worker: anonymous_kb(worker) for worker in switch.workers()}
    kills = 0
    while clean.poll() is None:
        time.sleep(KILL_EVERY_S[size])
        service.kill()
        service.start()
        kills += 1
    ended(clean)
    ended(listed)
    after = {worker: anonymous_kb(worker) for worker in switch.workers()}
    sys.stdout.write(f"{calls + nuisance} calls, {kills} kills; workers' own memory {before} → {after} KB\n")
    assert kills
    assert all(after[worker] - before[worker] < GROWTH_KB for worker in before)
    assert settled(service) == {"ring": calls, "reject": nuisance}


def test_no_call_is_lost_while_tables_are_switched(service, switch, size, tmp_path) -> None:
    rate = RATE[size]
    calls = rate * SWITCHES[size] * 3
    clean = switch.calling(404, numbers(tmp_path / "clean.csv", 13800000000, calls), calls, rate)
    for _ in range(SWITCHES[size]):
        service.stop()  # one process at a time writes a home
        assert served.command_line("shield", "build", "--home", service.home).returncode == 0
        service.start()
    ended(clean)
    assert settled(service) == {"ring": calls}
    with Lake(Home.open(service.home)).connection() as connection:
        Lake(Home.open(service.home)).relation(connection, "decisions").create_view("rows")
        (generations,) = connection.execute("select count(distinct generation) from rows").fetchone()
    assert generations > 1
