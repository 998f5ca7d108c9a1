"""The overlay: one writer, seen at once, belonging to its generation, replaced together with it."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from wurao.core.clock import DAY_US, HOUR_US
from wurao.core.errors import InputError, StoreError
from wurao.core.payload import PairKind, Range, Risk
from wurao.core.wishes import Profile, default_profile, pack
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import LiveTables
from wurao.store.tables.switch import read_current
from wurao.store.tables.tableset import TableSet

AS_OF_US = 20_000 * DAY_US
ME = 8_613_800_138_000
Make = Callable[..., Generation]
Trusted = list[Ed25519PublicKey]


def test_a_change_is_seen_by_the_next_question(make: Make, folder: Path, trusted: Trusted) -> None:
    live = LiveTables.create(make(), slots=256)
    live.publish()
    tables = TableSet.open(folder, trusted)
    view = tables.view
    live.put_risk(ME, Risk(level=12).pack())
    live.put_risk(77, Risk(level=4).pack())
    assert (Risk.unpack(view.risk(ME)).level, Risk.unpack(view.risk(77)).level) == (12, 4)
    live.put_risk(ME, 0)
    assert view.risk(ME) == 0
    live.put_wish(ME, 0)
    live.put_wish(77, 65_535)
    live.put_profile(65_535, Profile(quiet_end=3))
    assert (view.wish(ME), view.wish(77)) == (0, 65_535)
    assert view.profile(65_535) == pack(Profile(quiet_end=3)) | 1 << 63
    assert tables.change == 1
    live.change = 41
    assert tables.change == 41
    assert not tables.refresh()
    live.close()


def test_ranges_smaller_and_larger_find_each_other(make: Make, folder: Path, trusted: Trusted) -> None:
    live = LiveTables.create(make(), slots=256)
    live.publish()
    view = TableSet.open(folder, trusted).view
    assert Range.unpack(view.range(ME)).level == 3
    live.put_range(ME // 10, 1, Range(level=8).pack())
    assert Range.unpack(view.range(ME)).level == 8
    live.put_range(ME // 10_000, 4, 0)
    assert Range.unpack(view.range(ME)).level == 8
    live.put_range(ME // 10, 1, 0)
    live.put_range(ME // 100, 2, 0)
    assert view.range(ME) == 0
    live.put_range(ME // 10**7, 7, Range(level=5).pack())
    assert Range.unpack(view.range(ME)).level == 5
    elsewhere = 8_615_000_000_123
    assert view.range(elsewhere) == 0
    live.put_range(elsewhere // 1000, 3, Range(level=6).pack())
    assert Range.unpack(view.range(elsewhere)).level == 6
    live.close()


def test_pairs_expire_hide_and_return(make: Make, folder: Path, trusted: Trusted) -> None:
    live = LiveTables.create(make(), slots=256)
    live.publish()
    view = TableSet.open(folder, trusted).view
    contact, expected = 1 << PairKind.CONTACT, 1 << PairKind.EXPECTED
    assert view.pairs(ME, 5, AS_OF_US) == contact
    assert view.pairs(ME, 6, AS_OF_US + DAY_US - 1) == expected
    assert view.pairs(ME, 6, AS_OF_US + DAY_US) == 0
    assert view.pairs(ME, 0, AS_OF_US) == 1 << PairKind.EMERGENCY
    live.drop_pair(ME, 0, PairKind.EMERGENCY)
    assert view.pairs(ME, 0, AS_OF_US) == 0
    live.put_pair(ME, 6, PairKind.EXPECTED, AS_OF_US + 2 * DAY_US)
    assert view.pairs(ME, 6, AS_OF_US + DAY_US) == expected
    live.put_pair(ME, 5, PairKind.DENY, 0)
    assert view.pairs(ME, 5, AS_OF_US) == contact | 1 << PairKind.DENY
    live.drop_pair(ME, 5, PairKind.CONTACT)
    live.put_pair(ME, 5, PairKind.DENY, AS_OF_US - HOUR_US)
    assert view.pairs(ME, 5, AS_OF_US) == 0
    live.close()


def test_there_is_one_writer(make: Make, key: object) -> None:
    generation = make()
    live = LiveTables.create(generation, slots=64)
    with pytest.raises(StoreError, match="another process"):
        LiveTables.create(generation, slots=64)
    heir = live.successor(make(), slots=64)
    live.close()
    with pytest.raises(StoreError, match="another process"):
        LiveTables.create(generation, slots=64)
    heir.close()
    LiveTables.create(generation, slots=64).close()


def test_a_full_overlay_refuses_new_entries_and_takes_old_ones(make: Make) -> None:
    live = LiveTables.create(make(), slots=200)
    for number in range(1, 141):
        live.put_risk(number, Risk(level=1).pack())
        live.put_wish(number, 1)
        live.put_pair(number, 5, PairKind.ALLOW, 0)
    assert live.fill == 1
    for refused in (
        lambda: live.put_risk(141, 1),
        lambda: live.put_wish(141, 1),
        lambda: live.put_pair(141, 5, PairKind.ALLOW, 0),
    ):
        with pytest.raises(StoreError, match="full"):
            refused()
    live.put_risk(70, Risk(level=2).pack())
    assert Risk.unpack(live.view.risk(70)).level == 2
    assert live.view.wish(70) == 1
    live.close()


@pytest.mark.parametrize(("number", "payload"), [(0, 1), (1 << 50, 1), (5, 1 << 14), (5, -1)])
def test_what_no_slot_holds_is_refused(make: Make, number: int, payload: int) -> None:
    live = LiveTables.create(make(), slots=64)
    with pytest.raises(InputError):
        live.put_risk(number, payload)
    with pytest.raises(InputError):
        live.put_wish(5, 65_536)
    with pytest.raises(InputError):
        live.put_range(5, 12, 1)
    with pytest.raises(InputError):
        live.put_profile(0, default_profile())
    live.close()


def test_generation_and_overlay_change_together(make: Make, folder: Path, trusted: Trusted) -> None:
    live = LiveTables.create(make(level=3), slots=64)
    live.put_risk(77, Risk(level=2).pack())
    live.publish()
    tables = TableSet.open(folder, trusted)
    before = tables.view
    heir = live.successor(make(level=9, change=50), slots=64)
    heir.put_risk(78, Risk(level=5).pack())
    assert tables.view.risk(78) == 0
    heir.publish()
    live.close()
    assert tables.view is before
    assert tables.refresh()
    assert Risk.unpack(tables.view.risk(ME)).level == 9
    assert tables.view.risk(77) == 0
    assert Risk.unpack(tables.view.risk(78)).level == 5
    assert (Risk.unpack(before.risk(ME)).level, Risk.unpack(before.risk(77)).level) == (3, 2)
    assert tables.change == 50
    heir.close()


def test_old_generations_and_overlays_go(make: Make, folder: Path) -> None:
    live = LiveTables.create(make(), slots=64)
    live.publish()
    for _ in range(4):
        heir = live.successor(make(), slots=64)
        heir.publish()
        live.close()
        live = heir
    live.close()
    assert sorted(path.name for path in folder.iterdir() if path.name.isdecimal()) == ["000004", "000005"]
    current = read_current(folder)
    assert current is not None
    assert [path.name for path in (folder / "live").iterdir() if path.is_dir()] == [current.overlay]


def test_details_are_the_generations_and_end_with_the_overlay(make: Make, folder: Path, trusted: Trusted) -> None:
    live = LiveTables.create(make(level=7), slots=64)
    live.publish()
    tables = TableSet.open(folder, trusted)
    found = tables.detail(ME)
    assert found is not None
    assert (found.score_deci, found.method, found.symbols, found.campaign) == (73, "robot", ("REPORTED",), "c-1")
    assert tables.detail(4) is None
    live.put_risk(ME, Risk(level=1).pack())
    assert tables.detail(ME) is None
    live.close()


READER = """
import sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from wurao.store.tables.tableset import TableSet
tables = TableSet.open(Path(sys.argv[1]), [Ed25519PublicKey.from_public_bytes(bytes.fromhex(sys.argv[2]))])
view = tables.view
print("ready", flush=True)
seen = torn = 0
while seen < 2000:
    done = tables.change
    for number in (done, 2000 + done, 1):
        payload = view.risk(number)
        torn += payload not in (0, 0x1E1, 0x1F) if number > 2000 else payload not in (0x1E1, 0x1F)
    torn += done > 1 and view.wish(done) != done
    seen = done
print(torn)
"""


def test_readers_in_other_processes_never_see_a_torn_entry(make: Make, folder: Path, trusted: Trusted) -> None:
    live = LiveTables.create(make(), slots=4096)
    live.put_risk(1, 0x1F)
    live.change = 1
    live.publish()
    public = trusted[0].public_bytes_raw().hex()
    command = [sys.executable, "-c", READER, str(folder), public]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        for number in range(2, 2001):
            live.put_wish(number, number)
            live.put_risk(number, 0x1E1 if number % 2 else 0x1F)
            live.put_risk(1, 0x1F if number % 2 else 0x1E1)
            live.change = number
        assert reader.stdout.read() == "0\n"
    live.close()


def test_a_thread_may_look_while_the_tables_are_switched(make: Make, folder: Path, trusted: Trusted) -> None:
    live = LiveTables.create(make(level=3), slots=64)
    live.publish()
    tables = TableSet.open(folder, trusted)
    stop, wrong = threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            level = Risk.unpack(tables.view.risk(ME)).level
            if level not in (3, 5):
                wrong.append(level)

    thread = threading.Thread(target=look)
    thread.start()
    for level in (5, 3, 5, 3, 5):
        heir = live.successor(make(level=level), slots=64)
        heir.publish()
        live.close()
        live = heir
        assert tables.refresh()
    stop.set()
    thread.join()
    live.close()
    assert wrong == []
