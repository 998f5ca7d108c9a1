"""Whatever fails on our side, the phone rings: each with a real call through a real Kamailio."""

import sys

import pytest

from wurao.core.payload import DecisionWord
from wurao.core.verdict import Guard
from wurao.edge import ring
from wurao.edge.ring import SLOTS, Record, RingReader, RingWriter
from wurao.store.tables import layout

switches = sys.modules["wurao_switch"]

pytestmark = pytest.mark.e2e
NUISANCE, WANTED, CALLEE = "13712345678", "13811112222", "13900139000"
TRUNK = '[settings.default]\nanswer = "603"\n'
BEFORE = "        home = Path("
"""Where a fault is put into the script that Kamailio loads: wurao is imported there, nothing is opened yet."""


@pytest.fixture(scope="module", autouse=True)
def _installed():
    if lacking := switches.missing():
        pytest.skip(f"no real SIP here: apt-get install -y --no-install-recommends {lacking}")


@pytest.fixture
def switch(tmp_path):
    home = switches.screening_home(tmp_path, TRUNK, 86 * 10**11 + int(CALLEE), 86 * 10**11 + int(NUISANCE))
    made = switches.Switch(tmp_path, home)
    yield made
    made.stop()


def with_fault(switch, *lines: str):
    """Return Kamailio's script with a fault in it."""
    kemi = (switches.DEPLOY / "wurao_kemi.py").read_text()
    assert kemi.count(BEFORE) == 1
    script = switch.folder / "faulty.py"
    script.write_text(kemi.replace(BEFORE, "".join(f"        {line}\n" for line in lines) + BEFORE))
    return script


def rings(switch) -> None:
    with switch.answering():
        switch.call("answered", NUISANCE, CALLEE)


def kept(switch) -> list[Record]:
    found = []
    for path in ring.rings_in(switch.folder / "rings"):
        reader = RingReader(path)
        found += reader.read(SLOTS)
        reader.close()
    return found


def test_tables_of_another_version_are_not_read(switch) -> None:
    for manifest in switch.home.glob(f"tables/*/{layout.MANIFEST}"):
        changed = manifest.read_text().replace('"format": ', '"format": 9')
        assert changed != manifest.read_text()
        manifest.write_text(changed)
    switch.start()
    rings(switch)
    assert "is not known here" in switch.log.read_text()


def test_a_full_ring_holds_up_no_call(switch) -> None:
    folder = ring.make_folder(switch.folder / "rings")
    for rank in (1, 2):  # Kamailio's two workers
        writer = RingWriter(folder, f"kamailio-{rank}")
        for n in range(SLOTS):
            assert writer.put(Record(n, 1, 1, 0, 0, 1, 1, "", b"123456789"))
        writer.close()
    switch.start()
    assert switch.call("rejected", NUISANCE, CALLEE, calls=10).count("SIP/2.0 603 ") == 10
    with switch.answering():
        switch.call("answered", WANTED, CALLEE)
    readers = [RingReader(path) for path in ring.rings_in(folder)]
    assert sum(reader.lost for reader in readers) == 11
    for reader in readers:
        reader.close()


def test_a_full_disk_holds_up_no_call(switch) -> None:
    script = with_fault(
        switch,
        "import errno",
        "def full(*_): raise OSError(errno.ENOSPC, 'No space left on device')",
        "os.posix_fallocate = full",
    )
    switch.start(script)
    assert switch.call("rejected", NUISANCE, CALLEE, calls=3).count("SIP/2.0 603 ") == 3
    with switch.answering():
        switch.call("answered", WANTED, CALLEE)
    assert "this edge's decisions are lost" in switch.log.read_text()
    assert "No space left on device" in switch.log.read_text()


def test_a_decision_beyond_its_budget_rings(switch) -> None:
    script = with_fault(
        switch,
        "import time",
        "from wurao.edge.call_path import CallPath",
        "look = CallPath._look",
        "CallPath._look = lambda path: (look(path), time.sleep(0.2))",
    )
    switch.start(script)
    rings(switch)
    (record,) = kept(switch)
    assert DecisionWord.unpack(record.word).guard == Guard.FAULT
    assert record.took_us >= 200_000


def test_a_call_that_rings_because_of_a_fault_can_be_cancelled(switch) -> None:
    faults = "from wurao.edge.sip.answers import Answers", "Answers.to = lambda *_: 1 / 0"
    switch.start(with_fault(switch, *faults))
    with switch.answering("ringing", calls=5):
        said = switch.call("cancelled", NUISANCE, CALLEE, calls=5)
    assert said.count("SIP/2.0 487 Request Terminated") == 5
    rings(switch)
