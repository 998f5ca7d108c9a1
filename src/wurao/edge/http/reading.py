"""What requests say, turned into the nouns of core; unusable input raises InputError naming the field."""

from typing import Final

from wurao.core import numbers
from wurao.core.clock import parse_instant
from wurao.core.errors import InputError
from wurao.core.payload import INVALID_CALLER
from wurao.core.wishes import KEYS, SEGMENTS, Profile
from wurao.edge.http.bodies import CallBody, DecideBody, WishBody
from wurao.edge.nouns import Ask, Message

_KNOWN: Final = frozenset(KEYS)


def number(text: str, field: str) -> int:
    """Return a telephone number as uint64. Raises InputError where ``text`` is none."""
    found = numbers.parse(text) or numbers.read(text)
    if not found:
        raise InputError(f"{text[:40]!r} is no telephone number", where=field)
    return found


def caller(text: str) -> int:
    """Return the caller of a call: 0 where withheld, INVALID_CALLER where it is no number (a symbol, no error)."""
    try:
        return numbers.parse(text) or numbers.read(text)
    except InputError:
        return INVALID_CALLER


def instant(value: str | int | None, now_us: int) -> int:
    """Return an instant in microseconds UTC; None is now."""
    return now_us if value is None else parse_instant(str(value))


def ask(call: CallBody, now_us: int) -> Ask:
    """Return the question that a body asks."""
    return Ask(
        caller=caller(call.caller),
        callee=number(call.callee, "callee"),
        ingress=call.ingress,
        at_us=call.at_us or now_us,
        repeat=call.repeat,
        attestation=call.attestation,
    )


def message(body: DecideBody) -> Message:
    """Return the message that a body asks about."""
    return Message(
        sender=number(body.sender, "sender"),
        recipient=number(body.recipient, "recipient"),
        text=body.text or "",
        port=body.port,
        report=body.report,
    )


def profile(body: WishBody) -> Profile:
    """Return a wish as a profile. Raises InputError for a trade or segment that doesn't exist."""
    strange = (body.levels.keys() - _KNOWN) | (body.segments.keys() - set(SEGMENTS))
    if strange:
        raise InputError(f"{min(strange)[:40]!r} is no trade or segment", mend=f"known: {', '.join(KEYS)}")
    return Profile(
        levels=tuple(body.levels.get(key, 0) for key in KEYS),
        segments=tuple(body.segments.get(key, 0) for key in SEGMENTS),
        quiet_start=body.quiet_start,
        quiet_end=body.quiet_end,
    )
