"""Certificates that the operator trusts to sign callers' numbers: a folder that mirrors their addresses.

``https://cr.example.net/sp/1.pem`` lies at ``cr.example.net/sp/1.pem``, as ``wget -x`` puts it there. What lies there
is trusted as it is: chain, revocation and TNAuthList are for whoever fills the folder. Nothing is fetched.
"""

import re
from collections import OrderedDict
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.x509 import load_pem_x509_certificate

from wurao.core.clock import SECOND_US, to_us

MAX_CERTIFICATE: Final = 16_384
MAX_KNOWN: Final = 1_024
LOOK_US: Final = 60 * SECOND_US
"""How long a certificate, or that there is none, is believed before the folder is looked at again."""
_ADDRESS: Final = re.compile(r"https://([a-z0-9][a-z0-9.-]{0,252}(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]{0,99}){1,8})")


class Certificates:
    """Reads keys from ``folder``; certificates that expired or can't be read are none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: OrderedDict[str, tuple[int, EllipticCurvePublicKey | None]] = OrderedDict()

    def key(self, address: str, at_us: int) -> EllipticCurvePublicKey | None:
        """Return the key of the certificate at an address (x5u), None where none is trusted at that instant."""
        known = self._known.get(address)
        if known and abs(at_us - known[0]) < LOOK_US:
            return known[1]
        place = _ADDRESS.fullmatch(address)
        key = _read(self._folder / place[1], at_us) if place else None
        self._known[address] = at_us, key
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return key


def _read(path: Path, at_us: int) -> EllipticCurvePublicKey | None:
    try:
        with path.open("rb") as file:
            certificate = load_pem_x509_certificate(file.read(MAX_CERTIFICATE))
        key = certificate.public_key()
        holds = to_us(certificate.not_valid_before_utc) <= at_us <= to_us(certificate.not_valid_after_utc)
    except (OSError, ValueError, UnsupportedAlgorithm):
        return None
    return key if holds and isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1) else None
