"""The card that a 608 points to: a JWS that verifies, and keys that don't do."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from wurao.core.clock import FixedClock
from wurao.core.errors import ConfigError, StoreError
from wurao.edge.live.cards import LiveCards
from wurao.screening.policy import Appeal

NOW_US = 1_790_000_000_000_000
RECEIPT = "20260921-abcdefghijkl"


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def appeal(folder: Path, key: object, mode: int = 0o600) -> Appeal:
    path = folder / "card.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))  # type: ignore[attr-defined]
    path.chmod(mode)
    return Appeal(
        url="https://example.net/appeal/{evidence_id}",
        tel="+8610012345",
        email="ops@example.net",
        name="示例电信",
        card_url="https://example.net/redress/{evidence_id}",
        card_key=str(path),
        certificate_url="https://example.net/cert.pem",
    )


def decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_card_verifies_and_says_whom_to_turn_to(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    said = appeal(tmp_path, key)
    card = LiveCards(lambda: said, FixedClock(NOW_US)).card(RECEIPT)
    assert card
    header, claims, signature = card.split(".")
    raw = decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.public_key().verify(der, f"{header}.{claims}".encode(), ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        key.public_key().verify(der, f"{header}.{claims}x".encode(), ec.ECDSA(SHA256()))
    assert json.loads(decoded(header)) == {
        "alg": "ES256",
        "typ": "vcard+json",
        "x5u": "https://example.net/cert.pem",
    }
    told = json.loads(decoded(claims))
    assert told["iat"] == NOW_US // 1_000_000
    kind, entries = told["jcard"]
    assert kind == "vcard"
    assert [entry[0] for entry in entries] == ["version", "fn", "tel", "email", "url"]
    assert entries[1][3] == "示例电信"
    assert entries[4][3] == f"https://example.net/appeal/{RECEIPT}"


def test_no_card_is_set_up() -> None:
    assert LiveCards(lambda: Appeal(url="/appeal"), FixedClock(NOW_US)).card(RECEIPT) is None


@pytest.mark.parametrize("what", ["loose", "other curve", "other kind", "nonsense", "missing"])
def test_a_key_that_does_not_do_is_said(tmp_path: Path, key: ec.EllipticCurvePrivateKey, what: str) -> None:
    other = ec.generate_private_key(ec.SECP384R1()) if what == "other curve" else key
    kind = ed25519.Ed25519PrivateKey.generate() if what == "other kind" else other
    said = appeal(tmp_path, kind, 0o644 if what == "loose" else 0o600)
    if what == "nonsense":
        Path(said.card_key).write_text("nonsense")
    if what == "missing":
        Path(said.card_key).unlink()
    with pytest.raises((ConfigError, StoreError)):
        LiveCards(lambda: said, FixedClock(NOW_US)).card(RECEIPT)
