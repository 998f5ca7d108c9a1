"""Cards of redress: the signed jCard that a 608 points to, so that its caller knows whom to turn to (RFC 8688 §3.2)."""

import json
import os
import stat
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from wurao.core.clock import SECOND_US, Clock
from wurao.core.errors import ConfigError
from wurao.screening.policy import Appeal
from wurao.store.durable import disk

MAX_KEY: Final = 4_096
_OTHERS: Final = 0o077


class LiveCards:
    """Signs cards as the policy of now says; ``appeal`` returns its section."""

    def __init__(self, appeal: Callable[[], Appeal], clock: Clock) -> None:
        self._appeal = appeal
        self._clock = clock

    def card(self, receipt: str) -> str | None:
        """Return the card for one call as a JWS in compact form, None where none is set up; raises ConfigError."""
        appeal = self._appeal()
        if not appeal.card_url:
            return None
        header = {"alg": "ES256", "typ": "vcard+json", "x5u": appeal.certificate_url}
        claims = {"iat": self._clock.now_us() // SECOND_US, "jcard": _jcard(appeal, receipt)}
        signed = f"{_part(header)}.{_part(claims)}"
        r, s = decode_dss_signature(signing_key(Path(appeal.card_key)).sign(signed.encode(), ECDSA(SHA256())))
        return f"{signed}.{_encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def signing_key(path: Path) -> EllipticCurvePrivateKey:
    """Return the key that cards are signed with: PEM, P-256, owner-only; raises ConfigError, StoreError."""
    with disk(path), os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC), "rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & _OTHERS:
            raise ConfigError("others may read this secret", where=str(path), mend=f"chmod 600 {path}")
        content = file.read(MAX_KEY)
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigError("this is no P-256 key in PEM without a password", where=str(path))
    return key


def _jcard(appeal: Appeal, receipt: str) -> list[Any]:
    """Return the vCard as JSON (RFC 7095): who refused the call, and where to turn to."""
    entries: list[list[Any]] = [["version", {}, "text", "4.0"], ["fn", {}, "text", appeal.name]]
    if appeal.tel:
        entries.append(["tel", {"type": "work"}, "uri", f"tel:{appeal.tel}"])
    if appeal.email:
        entries.append(["email", {"type": "work"}, "text", appeal.email])
    if appeal.url.startswith("https://"):
        entries.append(["url", {}, "uri", appeal.url.replace("{evidence_id}", receipt)])
    return ["vcard", entries]


def _part(content: dict[str, Any]) -> str:
    return _encoded(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
