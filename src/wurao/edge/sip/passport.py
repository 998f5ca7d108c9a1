"""PASSporT (RFC 8225) as SIP's Identity header carries it (RFC 8224), with SHAKEN's attestation (RFC 8588).

Read within limits. Not read: the compact form, which SHAKEN forbids, and other extensions (div, rph, rcd), which say
nothing of the caller's number.
"""

import re
from base64 import urlsafe_b64decode
from typing import Annotated, Final, Literal, TypeVar

import msgspec

MAX_HEADER: Final = 8_192
MAX_TOKENS: Final = 4
SIGNATURE: Final = 64
"""Bytes of an ES256 signature (RFC 7518 §3.4)."""
_TOKEN: Final = re.compile(r"(?:^|,) {0,8}(([\w-]{2,1024})\.([\w-]{2,3072})\.([\w-]{86}))(?![\w.-])", re.ASCII)
_T = TypeVar("_T")

Text = Annotated[str, msgspec.Meta(max_length=512)]
Number = Annotated[str, msgspec.Meta(max_length=32)]
Numbers = Annotated[list[Number], msgspec.Meta(max_length=64)]


class Head(msgspec.Struct, frozen=True):
    """The JOSE header: ``x5u`` is where the certificate of who signed is had."""

    x5u: Text
    alg: Literal["ES256"]
    ppt: Literal["", "shaken"] = ""


class Originator(msgspec.Struct, frozen=True):
    """Who calls."""

    tn: Number


class Called(msgspec.Struct, frozen=True):
    """Who is called."""

    tn: Number | Numbers


class Claims(msgspec.Struct, frozen=True):
    """What was signed: the numbers, when (seconds UTC), and how the carrier attests the caller's."""

    iat: int
    orig: Originator
    dest: Called
    attest: Literal["", "A", "B", "C"] = ""

    @property
    def called(self) -> list[str]:
        """Return the numbers that the call was made to."""
        return [self.dest.tn] if isinstance(self.dest.tn, str) else self.dest.tn


class Passport(msgspec.Struct, frozen=True):
    """One token: ``signed`` is what ``signature`` (r and s) covers."""

    head: Head
    claims: Claims
    signed: bytes
    signature: bytes


def caller_passport(header: str) -> Passport | None:
    """Return the first token of an Identity header that vouches for the caller's number, None if none can be read."""
    if len(header) > MAX_HEADER:
        return None
    for token, head, claims, signature in _TOKEN.findall(header)[:MAX_TOKENS]:
        read_head, read_claims, read_signature = _part(head, Head), _part(claims, Claims), _bytes(signature)
        if read_head and read_claims and len(read_signature) == SIGNATURE:
            return Passport(read_head, read_claims, token.rpartition(".")[0].encode(), read_signature)
    return None


def _part(encoded: str, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(_bytes(encoded), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _bytes(encoded: str) -> bytes:
    try:
        return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        return b""
