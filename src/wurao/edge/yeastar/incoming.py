"""Event 30016 of a Yeastar P-series: a call waits on a controlled trunk, ten seconds at most."""

from collections.abc import Iterator
from typing import Final

import msgspec

INCOMING: Final = 30_016
MAX_CHANNEL: Final = 256


class Inbound(msgspec.Struct):
    """The outside party of a call; the field's own names."""

    channel_id: str
    caller: str = msgspec.field(name="from", default="")
    callee: str = msgspec.field(name="to", default="")
    trunk_name: str = ""


class _Member(msgspec.Struct):
    inbound: Inbound | None = None


class _Call(msgspec.Struct):
    members: list[_Member]
    call_id: str = ""


class _Event(msgspec.Struct):
    type: int = 0
    msg: msgspec.Raw = msgspec.Raw(b"null")


class Incoming(msgspec.Struct, frozen=True):
    """A call that waits for an answer, as the PBX names it."""

    call: str
    channel: str
    caller: str
    callee: str
    trunk: str


def incoming(message: str | bytes) -> Iterator[Incoming]:
    """Yield the calls that a message of the PBX tells of; anything else is passed over."""
    try:
        event = msgspec.json.decode(message, type=_Event)
        if event.type != INCOMING:
            return
        told = bytes(event.msg)
        if told.startswith(b'"'):  # a document inside a text, as the PBX writes it
            told = msgspec.json.decode(told, type=str).encode()
        call = msgspec.json.decode(told, type=_Call)
    except (msgspec.DecodeError, UnicodeError):
        return
    for member in call.members:
        one = member.inbound
        if one and 0 < len(one.channel_id) <= MAX_CHANNEL:
            yield Incoming(call.call_id, one.channel_id, one.caller, one.callee, one.trunk_name)
