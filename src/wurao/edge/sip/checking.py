"""Whether a call's PASSporT is genuine (RFC 8224 §6.2): signature, freshness, and the numbers of this very call.

A token that can't be read or whose signer isn't trusted here is as good as none. One that contradicts the call fails.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from wurao.core.clock import SECOND_US
from wurao.core.payload import INVALID_CALLER
from wurao.core.verdict import Attestation
from wurao.edge.sip.certificates import Certificates
from wurao.edge.sip.passport import Passport, caller_passport
from wurao.screening._decide import number_of

FRESH_US: Final = 60 * SECOND_US
"""How far a token's time may lie from now (RFC 8224 §4.1)."""
MAX_CHECKED: Final = 4_096
_HALF: Final = 32


class Checking:
    """Checks tokens with ``certificates``; without any their signatures are taken as nobody's word."""

    def __init__(self, certificates: Certificates | None) -> None:
        self._certificates = certificates
        self._checked: OrderedDict[tuple[bytes, bytes], bool] = OrderedDict()

    def attestation(self, header: str, caller: str, callees: Iterable[str], at_us: int) -> Attestation:
        """Return how an Identity header vouches for ``caller``, who calls one of ``callees``, at ``at_us`` (UTC)."""
        passport = caller_passport(header)
        if passport is None:
            return "missing"
        claims = passport.claims
        shown = number_of(caller, INVALID_CALLER)
        if shown and shown not in _numbers([claims.orig.tn]):
            return "failed"
        called = {number_of(callee, 0) for callee in callees} - {0}
        if abs(claims.iat * SECOND_US - at_us) > FRESH_US or not called & _numbers(claims.called):
            return "failed"
        genuine = self._genuine(passport, at_us)
        if genuine is False:
            return "failed"
        if genuine is None and self._certificates:
            return "missing"
        return claims.attest if genuine or claims.attest == "C" else ""

    def _genuine(self, passport: Passport, at_us: int) -> bool | None:
        """Tell whether the signature holds, None where nobody trusted is said to have signed."""
        key = self._certificates.key(passport.head.x5u, at_us) if self._certificates else None
        if key is None:
            return None
        token = passport.signed, passport.signature
        if token not in self._checked:
            self._checked[token] = _signed_by(key, passport)
            if len(self._checked) > MAX_CHECKED:
                self._checked.popitem(last=False)
        return self._checked[token]


def _signed_by(key: EllipticCurvePublicKey, passport: Passport) -> bool:
    r, s = passport.signature[:_HALF], passport.signature[_HALF:]
    try:
        signature = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        key.verify(signature, passport.signed, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _numbers(written: list[str]) -> set[int]:
    """Return what numbers in a token may be: their + is left out there (RFC 8225 §5.2.1)."""
    return {number_of(sign + text, INVALID_CALLER) for text in written for sign in ("", "+")} - {0, INVALID_CALLER}
