"""A Yeastar P-series: calls are refused or accepted in time, and whatever fails the PBX lets them through."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.clock import FixedClock
from wurao.core.errors import ConfigError
from wurao.edge import doors
from wurao.edge.doors import Doors
from wurao.edge.ring import Record, RingReader
from wurao.edge.yeastar import account
from wurao.edge.yeastar.incoming import incoming
from wurao.store.home import Home

NOW_US = 1_790_000_000_000_000
NUISANCE, SUBSCRIBER, OTHER = "13712345678", "13900139000", "13811112222"


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wurao.edge.yeastar.screening._WAITS_S", (0.01,))


@asynccontextmanager
async def screening(home: Home, pbx: Any, key: Path, context: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    url = await pbx.open(context)
    rings = home.path.parent / "rings"
    async with doors.opened(home.path, rings, FixedClock(NOW_US), Doors(yeastar=url, yeastar_key=str(key))):
        async with asyncio.timeout(10):
            await pbx.subscribed.wait()
        yield
    pbx.close()


def played(home: Home, pbx: Any, key: Path, play: Callable[[], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with screening(home, pbx, key):
            await play()

    asyncio.run(all_of_it())


@pytest.mark.parametrize("form", ["text", "object"])
def test_a_nuisance_call_is_refused_and_another_accepted(screening_home: Home, pbx: Any, key: Path, form: str) -> None:
    nested = form == "text"

    async def play() -> None:
        pbx.ring(NUISANCE, SUBSCRIBER, "PJSIP/a", nested=nested)
        await pbx.until(lambda: len(pbx.told()) == 1)
        pbx.ring(OTHER, SUBSCRIBER, "PJSIP/b", nested=nested)
        pbx.ring("", "2002", "PJSIP/c", nested=nested)
        await pbx.until(lambda: len(pbx.told()) == 3)

    played(screening_home, pbx, key, play)
    assert pbx.told()[0] == ("refuse_inbound", {"channel_id": "PJSIP/a"})
    assert {(what, body["channel_id"]) for what, body in pbx.told()[1:]} == {
        ("accept_inbound", "PJSIP/b"),
        ("accept_inbound", "PJSIP/c"),
    }
    assert pbx.agents == {"OpenAPI"}
    assert pbx.heard[0] == '{"topic_list":[30016]}'
    assert pbx.asked[-1][0] == "del_token"
    kept = [r for r in RingReader(screening_home.path.parent / "rings/edge.ring").read(9) if isinstance(r, Record)]
    assert [(r.caller, r.ingress) for r in kept][:2] == [(8613712345678, "west"), (8613811112222, "west")]


def test_an_event_that_comes_again_is_one_call(screening_home: Home, pbx: Any, key: Path) -> None:
    async def play() -> None:
        for n in (1, 2):
            pbx.ring(NUISANCE, SUBSCRIBER)
            await pbx.until(lambda n=n: len(pbx.told("refuse_inbound")) == n)

    played(screening_home, pbx, key, play)
    assert len(RingReader(screening_home.path.parent / "rings/edge.ring").read(9)) == 1


def test_the_office_has_a_number_where_the_pbx_tells_an_extension(screening_home: Home, pbx: Any, key: Path) -> None:
    key.write_text(key.read_text() + f'number = "{SUBSCRIBER}"\n')

    async def play() -> None:
        pbx.ring(NUISANCE, "2002")
        await pbx.until(lambda: bool(pbx.told("refuse_inbound")))

    played(screening_home, pbx, key, play)


def test_a_fault_accepts(screening_home: Home, pbx: Any, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("wurao.edge.call_path.CallPath.screen", broken)

    async def play() -> None:
        pbx.ring(NUISANCE, SUBSCRIBER)
        await pbx.until(lambda: bool(pbx.told("accept_inbound")))

    played(screening_home, pbx, key, play)
    assert not pbx.told("refuse_inbound")


@pytest.mark.parametrize("how", ["refuse_inbound", "nonsense refuse_inbound", "endless refuse_inbound"])
def test_a_pbx_that_does_not_take_it_costs_nothing(screening_home: Home, pbx: Any, key: Path, how: str) -> None:
    async def play() -> None:
        pbx.fails.add(how)
        pbx.ring(NUISANCE, SUBSCRIBER, "PJSIP/a")
        await pbx.until(lambda: len(pbx.told("refuse_inbound")) == 1)
        pbx.fails.clear()
        pbx.ring(NUISANCE, SUBSCRIBER, "PJSIP/b")
        await pbx.until(lambda: len(pbx.told("refuse_inbound")) == 2)

    played(screening_home, pbx, key, play)


def test_a_connection_that_ends_is_made_again(screening_home: Home, pbx: Any, key: Path) -> None:
    async def play() -> None:
        pbx.drop()
        async with asyncio.timeout(10):
            await pbx.subscribed.wait()
        pbx.ring(NUISANCE, SUBSCRIBER)
        await pbx.until(lambda: bool(pbx.told("refuse_inbound")))

    played(screening_home, pbx, key, play)
    assert pbx.connections == 2
    assert pbx.granted == 1


def test_the_connection_is_kept_alive(
    screening_home: Home, pbx: Any, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wurao.edge.yeastar.screening.HEARTBEAT_S", 0.05)
    played(screening_home, pbx, key, lambda: pbx.until(lambda: pbx.heard.count("heartbeat") >= 3))
    assert pbx.connections == 1


def test_a_pbx_that_falls_silent_is_connected_to_anew(
    screening_home: Home, pbx: Any, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wurao.edge.yeastar.screening.SILENCE_S", 0.05)
    played(screening_home, pbx, key, lambda: pbx.until(lambda: pbx.connections >= 2))


@pytest.mark.parametrize("fails", [set(), {"refresh_token"}])
def test_a_token_is_renewed_before_it_ends(
    screening_home: Home, pbx: Any, key: Path, monkeypatch: pytest.MonkeyPatch, fails: set[str]
) -> None:
    monkeypatch.setattr("wurao.edge.yeastar.api.EARLY_S", 1_799.9)
    pbx.fails |= fails

    async def play() -> None:
        await pbx.until(lambda: pbx.connections >= 3)

    played(screening_home, pbx, key, play)
    kinds = [what for what, _ in pbx.asked]
    assert kinds.count("get_token") == (pbx.granted if fails else 1)
    assert "refresh_token" in kinds


def test_a_token_that_the_pbx_took_back_is_asked_for_anew(
    screening_home: Home, pbx: Any, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wurao.edge.yeastar.api._YOUNG_S", 0.0)

    async def play() -> None:
        pbx.valid = "another"
        pbx.ring(NUISANCE, SUBSCRIBER)
        await pbx.until(lambda: len(pbx.told("refuse_inbound")) == 2)

    played(screening_home, pbx, key, play)
    assert pbx.granted == 2


def test_a_pbx_that_is_not_there_is_said_and_nothing_else_stops(screening_home: Home, key: Path, caplog: Any) -> None:
    async def play() -> None:
        given = Doors(yeastar="http://127.0.0.1:1", yeastar_key=str(key))
        async with doors.opened(screening_home.path, screening_home.path.parent / "rings", FixedClock(NOW_US), given):
            await asyncio.sleep(0.1)

    asyncio.run(play())
    assert "go on unscreened: the PBX can't be asked get_token" in caplog.text
    assert "the-secret" not in caplog.text


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pbx")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    path, private = folder / "pbx.pem", folder / "pbx.key"
    path.write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, private)
    return path, context


def test_a_pbx_with_a_certificate_of_its_own(screening_home: Home, pbx: Any, key: Path, tmp_path: Path) -> None:
    path, context = certificate(tmp_path)
    key.write_text(f'{key.read_text()}certificate = "{path}"\n')

    async def play() -> None:
        async with screening(screening_home, pbx, key, context):
            pbx.ring(NUISANCE, SUBSCRIBER)
            await pbx.until(lambda: bool(pbx.told("refuse_inbound")))

    asyncio.run(play())


def test_a_stranger_with_a_certificate_gets_no_secret(
    screening_home: Home, pbx: Any, key: Path, tmp_path: Path, caplog: Any
) -> None:
    _, context = certificate(tmp_path)

    async def play() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5), screening(screening_home, pbx, key, context):
                pass
        pbx.close()

    asyncio.run(play())
    assert not pbx.asked
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text


@pytest.mark.parametrize(
    ("content", "mode", "what"),
    [
        ('client_id = "a"\nclient_secret = "b"\n', 0o644, "others may read"),
        ('client_id = "a"\n', 0o600, "client_secret"),
        ("nonsense", 0o600, "no account"),
        ('client_id = "a"\nclient_secret = "b"\nother = 1\n', 0o600, "other"),
    ],
)
def test_a_file_that_is_no_account_is_said(tmp_path: Path, content: str, mode: int, what: str) -> None:
    path = tmp_path / "key.toml"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=what):
        account.account_in(path)


@pytest.mark.parametrize("url", ["http://pbx.example:8088", "pbx.example", "ftp://a", "https://", "https://u:p@pbx/"])
def test_an_address_where_the_secret_would_leak_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        account.base_of(url)


def test_addresses() -> None:
    assert account.base_of("https://pbx.example:8088/") == "https://pbx.example:8088/openapi/v1.0"
    with pytest.raises(ConfigError, match="no certificate"):
        account.trust(account.Account("a", "b", certificate="/nowhere.pem"))


@given(st.one_of(st.text(), st.binary(), st.sampled_from(['{"type":30016}', '{"type":30016,"msg":"{"}', "[]"])))
def test_any_message_is_passed_over(message: str | bytes) -> None:
    assert list(incoming(message)) == []


@pytest.mark.parametrize(
    "message",
    [
        '{"type":30011,"msg":{"members":[{"inbound":{"channel_id":"x"}}]}}',
        '{"type":30016,"msg":{"members":[{"inbound":{"from":"1"}}]}}',
        '{"type":30016,"msg":{"members":[{"outbound":{"channel_id":"x"}}]}}',
        '{"type":30016,"msg":{"members":[{"inbound":{"channel_id":"%s"}}]}}' % ("x" * 300),
    ],
)
def test_what_is_no_call_that_waits_is_passed_over(message: str) -> None:
    assert list(incoming(message)) == []
