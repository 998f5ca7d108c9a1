"""One-time codes: whoever can say what was told to a number by call-back or message holds that number.

A code has six digits, works once, for ten minutes and five tries, and only together with the ticket that its asker
got, so that nobody uses up or guesses at another's. A right code becomes a proof, which lasts half an hour. Tickets and
proofs rest as SHA-256 of 256 random bits, codes as HMAC under a key that isn't in the book (10⁶ of them would be tried
in a second). What is answered never depends on what is known of the number, nor on whether a code was really sent.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

import msgspec

from wurao.access.interface import Challenge, ChallengeStore
from wurao.core import numbers
from wurao.core.clock import DAY_US, HOUR_US, MINUTE_US
from wurao.core.numbering import NumberKind

DIGITS: Final = 6
LASTS_US: Final = 10 * MINUTE_US
PROOF_US: Final = 30 * MINUTE_US
TRIES: Final = 5
A_DAY: Final = 4
"""Codes that one number is sent within 24 hours: a stranger can't have it rung more often, nor guess more."""
_SHAPE: Final = re.compile(r"[0-9]{6}")
_HOME: Final = frozenset({NumberKind.MOBILE, NumberKind.FIXED})
_NEVER: Final = frozenset({NumberKind.ANONYMOUS, NumberKind.SHORT, NumberKind.RELAY700, NumberKind.NAME})
_SATELLITE: Final = ("1349", "174")
"""Mobiles that cost like abroad."""


class Asked(msgspec.Struct, frozen=True):
    """What became of asking: the asker's ticket, and the code to send, None where the number had enough of them."""

    ticket: str
    expires_us: int
    code: str | None


class Proof(msgspec.Struct, frozen=True):
    """What shows for a while that its bearer holds a number."""

    token: str
    expires_us: int


def reachable(number: int, also: tuple[str, ...] = ()) -> bool:
    """Return whether codes may go to a number: Chinese mobiles and landlines, others by their beginning only.

    ``also`` are beginnings that the operator pays for (``+852``, ``400``): no other foreign, satellite or service
    number is rung. Emergency and short codes never are.
    """
    kind, shown = numbers.kind(number), numbers.display(number)
    if kind in _NEVER:
        return False
    return shown.startswith(also) or (kind in _HOME and not shown.startswith(_SATELLITE))


def ask(store: ChallengeStore, key: bytes, number: int, now_us: int, an_hour: int) -> Asked | None:
    """Keep a fresh challenge for ``number`` and return its ticket; None while ``an_hour`` codes were sent."""
    if store.sent_since(now_us - HOUR_US) >= an_hour:
        return None
    ticket, code = secrets.token_urlsafe(32), f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    challenge = Challenge(
        ticket_hash=_digest(ticket),
        number=number,
        code_hash=_code_hash(key, ticket, code),
        asked_us=now_us,
        expires_us=now_us + LASTS_US,
    )
    sent = store.put_challenge(challenge, since_us=now_us - DAY_US, at_most=A_DAY)
    return Asked(ticket, challenge.expires_us, code if sent else None)


def prove(store: ChallengeStore, key: bytes, ticket: str, code: str, now_us: int) -> Proof | None:
    """Return a proof for the right code, once; None for any other, for one too late and after five tries."""
    challenge = store.take_try(_digest(ticket), now_us, TRIES)
    right = _code_hash(key, ticket, code) if _SHAPE.fullmatch(code) else ""
    if challenge is None or not hmac.compare_digest(right, challenge.code_hash):
        return None
    proof = Proof(secrets.token_urlsafe(32), now_us + PROOF_US)
    return proof if store.put_proof(challenge.ticket_hash, _digest(proof.token), proof.expires_us) else None


def number_of(store: ChallengeStore, token: str, now_us: int) -> int:
    """Return the number that the bearer of a proof holds, 0 if it is unknown or over."""
    return store.proven(_digest(token), now_us) if token else 0


def forget(store: ChallengeStore, token: str) -> None:
    """End a proof before its time."""
    store.end_proof(_digest(token))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _code_hash(key: bytes, ticket: str, code: str) -> str:
    return hmac.new(key, f"{ticket} {code}".encode(), hashlib.sha256).hexdigest()
