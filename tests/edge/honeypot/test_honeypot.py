"""Honeypot lines without a telephone: what baresip tells, what is spooled and filed, what is deleted by rule."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from wurao.cli import cli
from wurao.core.clock import DAY_US, FixedClock
from wurao.core.errors import ConfigError, InputError, StoreError
from wurao.core.standing import Standing
from wurao.detection.audio.decoding import RATE
from wurao.detection.audio.fingerprint import Fingerprint
from wurao.detection.audio.kept import Kept, Recordings
from wurao.detection.audio.played import Groups, standing
from wurao.detection.live.sealing import Sealing
from wurao.edge.honeypot import filing, prompt
from wurao.edge.honeypot.answering import Calls
from wurao.edge.honeypot.baresip import Event, events, write_configuration
from wurao.edge.honeypot.filing import Filing, expired, nothing_said
from wurao.edge.honeypot.prompt import wave_of, write_prompt
from wurao.edge.honeypot.spool import Answered, Spool
from wurao.screening.policy import Honeypot
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.keys import KeyRing

NOW_US = 1_780_000_000_000_000
ROBOT, OTHER, SUBSCRIBER = "13712345601", "13712345602", "13900139000"
CHOSEN = Honeypot()
RNG = np.random.default_rng(3)


def sounding(seed: int, length: int = 150) -> Fingerprint:
    words = np.random.default_rng(seed).integers(0, 1 << 32, length, dtype=np.uint32)
    return Fingerprint(words, np.ones(length, np.bool_))


def kept(recording: str, group: str, caller: int | None, at_us: int = NOW_US, seed: int = 1) -> Kept:
    return Kept(recording, group, (caller or 0).to_bytes(16), caller, 8613900139100, at_us, 9.0, sounding(seed))


class FakePorts:
    """A home in which one subscriber lives."""

    def __init__(self) -> None:
        self.stored: list[Answered] = []
        self.standing: list[Standing] = []

    def known(self, caller: int) -> bool:
        return caller == 8613900139000

    def subscriber(self, caller: int) -> bool:
        return self.known(caller)

    def id_of(self, number: int) -> bytes:
        return number.to_bytes(16)

    def store(self, calls: Sequence[Answered]) -> None:
        self.stored += calls

    def stand(self, rows: Iterable[Standing]) -> None:
        self.standing = list(rows)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


@pytest.fixture
def recordings(home: Home) -> Recordings:
    return Recordings(home, Sealing(KeyRing.open(home)))


@pytest.fixture
def lines(home: Home, recordings: Recordings, monkeypatch: pytest.MonkeyPatch):
    """A spool, and filing over it; the sound of a call is told by its loudness: what is as loud sounds the same."""
    monkeypatch.setattr(filing, "decoded", lambda path: np.frombuffer(path.read_bytes()[44:], "<i2"))
    monkeypatch.setattr(filing, "fingerprint", lambda samples: sounding(int(np.abs(samples.astype(int)).max())))
    ports, clock, spool = FakePorts(), FixedClock(NOW_US), Spool(home.folder("recordings") / "spool")

    def called(caller: str, loudness: int, name: str = "") -> None:
        sound = home.path / "heard.wav"
        noise = RNG.normal(0, 1, 5 * RATE)
        sound.write_bytes(wave_of((noise / np.abs(noise).max() * loudness).astype(np.int16)))
        call_id = name or f"{caller}-{loudness}"
        spool.add(f"1-{call_id}", Answered(call_id, caller, "13900139100", NOW_US, 9000, "caller"), sound)

    return called, Filing(spool, recordings, ports, clock, nothing_said), ports, clock


def test_two_numbers_that_play_the_same_stand_and_others_do_not(lines, recordings) -> None:
    called, filed, ports, _ = lines
    for caller, loudness in ((ROBOT, 9000), (OTHER, 9000), ("13712345603", 5000)):
        called(caller, loudness)
    done = filed.file_waiting(CHOSEN)
    assert (done.calls, done.recordings, done.matched, done.personal, done.silent) == (3, 3, 1, 0, 0)
    assert [(row.subject, row.symbol, row.strength) for row in ports.standing] == [
        (8613712345601, "PLAYED_RECORDING", 0.5),
        (8613712345602, "PLAYED_RECORDING", 0.5),
    ]
    rows = list(recordings.each())
    assert len({row.group for row in rows}) == 2
    assert filed.file_waiting(CHOSEN) == filing.Filed(), "what was filed waits no more"


def test_the_same_call_again_changes_nothing(lines, recordings) -> None:
    called, filed, _, _ = lines
    called(ROBOT, 9000, "one")
    filed.file_waiting(CHOSEN)
    called(ROBOT, 9000, "one")
    filed.file_waiting(CHOSEN)
    assert len(list(recordings.each())) == 1


def test_a_later_call_joins_the_recording_of_an_earlier_round(lines) -> None:
    called, filed, _, _ = lines
    called(ROBOT, 9000)
    filed.file_waiting(CHOSEN)
    called(OTHER, 9000)
    assert filed.file_waiting(CHOSEN).matched == 1


def test_a_subscriber_who_dialled_wrong_leaves_nothing(lines, recordings, home) -> None:
    called, filed, ports, _ = lines
    called(SUBSCRIBER, 9000)
    done = filed.file_waiting(CHOSEN)
    assert (done.calls, done.personal) == (0, 1)
    assert (ports.stored, list(recordings.each())) == ([], [])
    assert not list((home.path / "recordings").rglob("*.wav"))


def test_silence_is_deleted_and_the_call_stays(lines, recordings) -> None:
    called, filed, ports, _ = lines
    called(ROBOT, 0)
    assert filed.file_waiting(CHOSEN).silent == 1
    assert len(ports.stored) == 1
    assert not list(recordings.each())


def test_what_nobody_else_plays_is_deleted_after_a_week(lines, recordings, home) -> None:
    called, filed, _, clock = lines
    for caller, loudness in ((ROBOT, 9000), (OTHER, 9000), ("13712345603", 5000)):
        called(caller, loudness)
    filed.file_waiting(CHOSEN)
    clock.at_us = NOW_US + CHOSEN.unmatched_days * DAY_US
    assert filed.file_waiting(CHOSEN).deleted == 1
    assert {row.caller for row in recordings.each()} == {8613712345601, 8613712345602}
    assert len(list((home.path / "recordings/sound").iterdir())) == 2
    clock.at_us = NOW_US + CHOSEN.keep_days * DAY_US
    assert filed.file_waiting(CHOSEN).deleted == 2
    assert not list((home.path / "recordings/sound").iterdir())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 400)), max_size=12))
def test_nothing_is_kept_longer_than_its_days(told: list[tuple[int, int, int]]) -> None:
    rows = [kept(str(n), f"g{group}", caller, NOW_US - age * DAY_US) for n, (caller, group, age) in enumerate(told)]
    gone = set(expired(rows, CHOSEN, NOW_US))
    for row in rows:
        others = {one.caller_id for one in rows if one.group == row.group} - {row.caller_id}
        assert (row.recording in gone) == (
            NOW_US - row.at_us >= (CHOSEN.keep_days if others else CHOSEN.unmatched_days) * DAY_US
        )


def test_sound_rests_sealed_and_goes_when_it_is_erased(recordings, home) -> None:
    samples = np.arange(800, dtype=np.int16)
    recordings.keep_sound("ab12", samples)
    recordings.put([kept("ab12", "ab12", 8613712345601), kept("cd34", "ab12", None)])
    assert (recordings.sound("ab12") == samples).all()
    file = home.path / "recordings/sound/ab12"
    assert samples.tobytes()[:64] not in file.read_bytes()
    assert recordings.erase((8613712345601).to_bytes(16)) == 1
    assert not file.exists()
    assert [row.recording for row in recordings.each()] == ["cd34"]
    for name in ("ab12", "../VERSION", ""):
        with pytest.raises(InputError):
            recordings.sound(name)
    recordings.keep_sound("cd34", samples)
    (home.path / "recordings/sound/cd34").write_bytes(b"\x01" + bytes(60))
    with pytest.raises(StoreError):
        recordings.sound("cd34")


def test_a_withheld_number_stands_for_nobody() -> None:
    assert standing([kept("a", "a", None), kept("b", "a", 8613712345601)])[0].facts["callers"] == 2
    assert standing([kept("a", "a", None), kept("b", "b", 8613712345601)]) == []


def test_groups_outlive_the_small_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wurao.detection.audio.played._LATEST", 2)
    groups = Groups([kept("old", "g", 1, seed=1)])
    assert groups.place([("a", sounding(1)), ("b", sounding(2)), ("c", sounding(2))]) == ["g", "b", "b"]
    assert groups.place([("d", sounding(2)), ("e", sounding(5)), ("f", sounding(1))]) == ["b", "e", "g"]


def test_calls_of_one_second_give_up_their_sound(tmp_path: Path) -> None:
    clock, spool = FixedClock(NOW_US), Spool(tmp_path / "spool")
    calls = Calls(tmp_path, spool, clock, 60)

    def told(kind: str, name: str) -> None:
        calls.hear(Event(f"CALL_{kind}", name, "13900139100", ROBOT))

    (tmp_path / "dump-2026-01-01-00-00-01-dec.wav").write_bytes(b"both")
    told("ESTABLISHED", "one")
    told("ESTABLISHED", "two")
    (tmp_path / "dump-2026-01-01-00-00-02-dec.wav").write_bytes(b"its own")
    told("ESTABLISHED", "three")
    clock.at_us += 59_500_000
    for name in ("one", "two", "three", "unheard of"):
        told("CLOSED", name)
    waiting = {call.call_id: (call, sound) for _, call, sound in spool.waiting(10)}
    assert {name: sound and sound.read_bytes() for name, (_, sound) in waiting.items()} == {
        "one": None,
        "two": None,
        "three": b"its own",
    }
    assert (waiting["one"][0].talk_ms, waiting["one"][0].released_by) == (59_500, "callee")
    assert calls.today == 3
    told("ESTABLISHED", "cut off")
    (tmp_path / "dump-2026-01-01-00-00-09-dec.wav").write_bytes(b"half")
    calls.end()
    told("CLOSED", "cut off")
    assert len(list(spool.waiting(10))) == 3
    assert not list(tmp_path.glob("dump-*")), "nothing is left when nobody calls"


def heard(data: bytes) -> list[Event]:
    async def read() -> list[Event]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return [event async for event in events(reader)]

    return asyncio.run(read())


def netstring(fields: object) -> bytes:
    told = json.dumps(fields).encode()
    return str(len(told)).encode() + b":" + told + b","


def test_events_of_calls_are_heard_and_others_are_not() -> None:
    call = {
        "event": True, "class": "call", "type": "CALL_ESTABLISHED", "id": "x", "direction": "incoming",
        "accountaor": "sip:13900139100@127.0.0.1:5090", "peeruri": "sip:13712345601@10.0.0.1;user=phone",
    }  # fmt: skip
    data = netstring(call) + netstring({"class": "register"}) + b"3:{x},"
    assert heard(data) == [Event("CALL_ESTABLISHED", "x", "13900139100", ROBOT)]
    for strange in (b"GET / HTTP/1.1:", b"99999999:", b"999999:"):
        with pytest.raises(ConfigError):
            heard(strange)


def test_the_telephone_can_not_dial(tmp_path: Path) -> None:
    write_configuration(tmp_path, "127.0.0.1:5090", "127.0.0.1:9", ["13900139100"], 2)
    config = (tmp_path / "config").read_text()
    assert "menu.so" not in config
    assert "rtp_ports 20180-20183" in config
    assert (tmp_path / "accounts").read_text().startswith("<sip:13900139100@127.0.0.1:5090;transport=udp>;regint=0")


def test_a_prompt_ends_with_the_longest_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "decoded", lambda _: RNG.normal(0, 4000, 2 * RATE).astype(np.int16))
    write_prompt("said.wav", 10, tmp_path / "prompt.wav")
    assert (tmp_path / "prompt.wav").stat().st_size == 44 + 10 * RATE * 2
    monkeypatch.setattr(prompt, "decoded", lambda _: np.zeros(2 * RATE, np.int16))
    with pytest.raises(ConfigError, match="too little"):
        write_prompt("silence.wav", 10, tmp_path / "prompt.wav")
    for unset in ("", "/nowhere.wav"):
        monkeypatch.undo()
        with pytest.raises(ConfigError, match=r"honeypot\.announcement"):
            write_prompt(unset, 10, tmp_path / "prompt.wav")


def test_the_commands_say_what_is_missing_in_one_line(home: Home) -> None:
    at = ["--home", str(home.path)]
    result = CliRunner().invoke(cli, ["honeypot", "answer", *at])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "honeypot.numbers" in result.stderr
    result = CliRunner().invoke(cli, ["honeypot", "sound", "ab", "--out", str(home.path / "x.wav"), *at])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert CliRunner().invoke(cli, ["honeypot", "list", *at]).stdout == "0 recordings\n"
    assert CliRunner().invoke(cli, ["honeypot", "file", *at]).exit_code == 0


def test_whoever_hears_a_recording_is_in_the_access_log(home: Home, recordings: Recordings) -> None:
    recordings.put([kept("ab12", "ab12", 8613712345601)])
    recordings.keep_sound("ab12", np.zeros(80, np.int16))
    out = home.path / "said.wav"
    at = ["--home", str(home.path)]
    assert CliRunner().invoke(cli, ["honeypot", "sound", "ab12", "--out", str(out), *at]).exit_code == 0
    assert out.read_bytes().startswith(b"RIFF")
    with closing(Book.at(home.book)) as book:
        looks = book.looks_at(8613712345601)
    assert [look.purpose for look in looks] == ["honeypot sound"]


def test_a_damaged_call_is_deleted_and_the_others_are_filed(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add("1-a", Answered("a", ROBOT, "1", NOW_US, 1, "caller"), None)
    (tmp_path / "1-a/call.json").write_bytes(msgspec.json.encode({"call_id": 1}))
    spool.add("2-b", Answered("b", ROBOT, "1", NOW_US, 1, "caller"), None)
    assert [name for name, _, _ in spool.waiting(9)] == ["2-b"]
    assert not (tmp_path / "1-a").exists()
    assert spool.erase(lambda caller: caller == ROBOT) == 1
    assert list(spool.waiting(9)) == []
