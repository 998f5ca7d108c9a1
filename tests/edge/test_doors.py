"""Switches that ask over sockets: the line protocol, FastAGI, and an address that can't be had."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from wurao.core.clock import FixedClock
from wurao.core.errors import ConfigError
from wurao.edge import doors
from wurao.edge.doors import Doors
from wurao.edge.line.answering import Answering
from wurao.edge.ring import Record, Refusal, RingReader
from wurao.store.home import Home

NOW_US = 1_790_000_000_000_000
NUISANCE, SUBSCRIBER, OTHER = "13712345678", "13900139000", "13811112222"
REJECTED = re.compile(rb"reject 603 fraud 20260921-[\w-]{12} [0-9.]+")
RINGS = re.compile(rb"ring 0 \w+ 20260921-[\w-]{12} [0-9.]+")


@asynccontextmanager
async def talking(
    home: Path, rings: Path, door: str
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    path = str(rings.parent / f"{door}.sock")
    async with doors.opened(home, rings, FixedClock(NOW_US), Doors(**{door: path})):
        reader, writer = await asyncio.open_unix_connection(path)
        yield reader, writer
        writer.close()


def said(home: Path, rings: Path, door: str, *sent: bytes) -> list[bytes]:
    """Send all at once and return the lines that come until the connection ends or nothing more does."""

    async def ask() -> list[bytes]:
        lines = []
        async with talking(home, rings, door) as (reader, writer):
            writer.write(b"".join(sent))
            writer.write_eof()
            while line := await reader.readline():
                lines.append(line.rstrip(b"\n"))
        return lines

    return asyncio.run(ask())


@pytest.fixture
def rings(tmp_path: Path) -> Path:
    return tmp_path / "rings"


def test_a_line_a_call_in_order(screening_home: Home, rings: Path) -> None:
    asked = [f"DECIDE {NUISANCE} {SUBSCRIBER} west\n", f"DECIDE {OTHER} {SUBSCRIBER}\r\n", f"DECIDE - {SUBSCRIBER}\n"]
    answers = said(screening_home.path, rings, "line", *[line.encode() for line in asked])
    assert REJECTED.fullmatch(answers[0])
    assert RINGS.fullmatch(answers[1])
    records = RingReader(rings / "edge.ring").read(9)
    assert [(r.caller, r.ingress) for r in records if isinstance(r, Record)] == [
        (8613712345678, "west"),
        (8613811112222, ""),
        (0, ""),
    ]


def test_a_question_may_come_in_pieces(screening_home: Home, rings: Path) -> None:
    async def ask() -> bytes:
        async with talking(screening_home.path, rings, "line") as (reader, writer):
            for piece in (b"DEC", b"IDE 137123", f"45678 {SUBSCRIBER}".encode(), b"\nDECIDE"):
                writer.write(piece)
                await asyncio.sleep(0.01)
            return await reader.readline()

    assert REJECTED.match(asyncio.run(ask()))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"HELLO",
        b"DECIDE",
        b"DECIDE a",
        b"DECIDE a b c d",
        b"decide a b",
        b"\xff\xfe",
        b"GET / HTTP/1.1",
        b"REFUSED",
    ],
)
def test_anything_else_is_told_what_to_say(screening_home: Home, rings: Path, line: bytes) -> None:
    answers = said(screening_home.path, rings, "line", line + b"\n", f"DECIDE {NUISANCE} {SUBSCRIBER}\n".encode())
    assert answers[0].startswith(b"error say: DECIDE")
    assert REJECTED.fullmatch(answers[1])


def test_a_line_that_does_not_end_is_cut_off(screening_home: Home, rings: Path) -> None:
    assert said(screening_home.path, rings, "line", b"x" * 5_000) == [b"error a line has 512 bytes at most"]


@pytest.mark.parametrize("caller", [b"anonymous", b"\xff\xff", b"9" * 400, b"+", b"%s%n", b"-1"])
def test_odd_numbers_are_answered(screening_home: Home, rings: Path, caller: bytes) -> None:
    answers = said(screening_home.path, rings, "line", b"DECIDE " + caller + f" {SUBSCRIBER}\n".encode())
    assert re.match(rb"(ring|label|reject) ", answers[0])


def test_the_spam_button_of_a_pbx(screening_home: Home, rings: Path) -> None:
    receipt = b"20260921-abcdefghijkl"
    answers = said(screening_home.path, rings, "line", b"REFUSED " + receipt + b"\n", b"REFUSED nonsense\n")
    assert answers[0] == b"ok"
    assert answers[1].startswith(b"error that is no receipt")
    assert RingReader(rings / "edge.ring").read(9) == [Refusal(NOW_US, receipt.decode())]


def test_without_tables_every_phone_rings(tmp_path: Path, rings: Path) -> None:
    answers = said(tmp_path / "nowhere", rings, "line", f"DECIDE {NUISANCE} {SUBSCRIBER}\n".encode())
    assert answers == [b"ring 0 unknown - 0.0"]


def test_a_fault_rings(screening_home: Home, rings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("wurao.edge.call_path.CallPath.screen", broken)
    answers = said(screening_home.path, rings, "line", f"DECIDE {NUISANCE} {SUBSCRIBER}\n".encode())
    assert answers == [b"ring 0 unknown - 0.0"]


def test_a_switch_that_does_not_listen_is_not_read(screening_home: Home, rings: Path) -> None:
    async def ask() -> int:
        async with talking(screening_home.path, rings, "line") as (_, writer):
            asked = f"DECIDE {NUISANCE} {SUBSCRIBER}\n".encode() * 20_000
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while True:  # never reading: at some time nothing more is taken
                        writer.write(asked)
                        await writer.drain()
            waiting = writer.transport.get_write_buffer_size()
            writer.transport.abort()
            return waiting

    assert asyncio.run(ask()) > 0


AGI = (
    "agi_network: yes\nagi_network_script: {script}\nagi_callerid: {caller}\nagi_dnid: {dnid}\nagi_extension: {dnid}\n"
)


def agi(home: Path, rings: Path, script: str, caller: str, dnid: str, *arguments: str) -> dict[str, str]:
    """Play the Asterisk of one call and return the channel's variables."""

    async def ask() -> dict[str, str]:
        variables = {}
        async with talking(home, rings, "agi") as (reader, writer):
            said = AGI.format(script=script, caller=caller, dnid=dnid)
            given = "".join(f"agi_arg_{at}: {value}\n" for at, value in enumerate(arguments, 1))
            writer.write(f"{said}{given}\n".encode())
            while command := (await reader.readline()).decode():
                name, value = re.fullmatch(r'SET VARIABLE (\w+) "([\w.-]*)"\n', command).groups()
                variables[name] = value
                writer.write(b"200 result=1\n")
        return variables

    return asyncio.run(ask())


def test_an_asterisk_is_told_in_variables(screening_home: Home, rings: Path) -> None:
    variables = agi(screening_home.path, rings, "decide", NUISANCE, "100", SUBSCRIBER, "west")
    assert (variables["WURAO_ACTION"], variables["WURAO_CODE"], variables["WURAO_REASON"]) == ("reject", "603", "fraud")
    record = RingReader(rings / "edge.ring").read(1)[0]
    assert isinstance(record, Record)
    assert (record.callee, record.ingress) == (8613900139000, "west")
    assert agi(screening_home.path, rings, "decide", NUISANCE, SUBSCRIBER)["WURAO_ACTION"] == "reject"
    assert agi(screening_home.path, rings, "decide", "unknown", "unknown")["WURAO_ACTION"] == "ring"


def test_an_asterisk_hands_over_the_spam_button(screening_home: Home, rings: Path) -> None:
    receipt = "20260921-abcdefghijkl"
    assert agi(screening_home.path, rings, "refused", NUISANCE, "100", receipt) == {"WURAO_REFUSED": "1"}
    assert agi(screening_home.path, rings, "refused", NUISANCE, "100", "x") == {"WURAO_REFUSED": "0"}


@pytest.mark.parametrize("sent", [b"x" * 5_000, b"a: b\n" * 200, b"\xff\n\n", b""])
def test_what_is_no_asterisk_is_left_alone(screening_home: Home, rings: Path, sent: bytes) -> None:
    answers = said(screening_home.path, rings, "agi", sent)
    assert all(line.startswith(b"SET VARIABLE WURAO_") for line in answers)


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield f"127.0.0.1:{held.getsockname()[1]}"


def opening(home: Path, rings: Path, address: str) -> Coroutine[None, None, None]:
    async def opened() -> None:
        async with doors.opened(home, rings, FixedClock(NOW_US), Doors(line=address)):
            pass

    return opened()


@pytest.mark.parametrize("address", ["127.0.0.1:99999", "nowhere.invalid:80", "/nonexistent/folder/x.sock", "x" * 200])
def test_an_address_that_cannot_be_had_is_said(tmp_path: Path, rings: Path, address: str) -> None:
    with pytest.raises(ConfigError, match="can't listen there"):
        asyncio.run(opening(tmp_path, rings, address))


def test_a_taken_address_is_said(tmp_path: Path, rings: Path, taken: str) -> None:
    with pytest.raises(ConfigError, match="already in use"):
        asyncio.run(opening(tmp_path, rings, taken))


def test_a_socket_left_behind_is_taken_over_and_a_living_one_is_not(tmp_path: Path, rings: Path) -> None:
    left = tmp_path / "line.sock"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(left))
        made.listen()
        with pytest.raises(ConfigError, match="another process listens"):
            asyncio.run(opening(tmp_path, rings, str(left)))
    asyncio.run(opening(tmp_path, rings, str(left)))
    assert not left.exists()


def test_answering_without_a_ring_still_decides(screening_home: Home, tmp_path: Path) -> None:
    from wurao.edge.call_path import CallPath

    path = CallPath(screening_home.path, tmp_path / "rings", FixedClock(NOW_US), lambda _: None)
    path.follow()
    assert Answering(path).call(NUISANCE, SUBSCRIBER, "").action == "reject"
    assert Answering(path).refused("20260921-abcdefghijkl") is False
