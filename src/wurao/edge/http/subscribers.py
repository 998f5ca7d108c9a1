"""``/v1/numbers`` and ``/v1/wishes``: what is known of a number, and what a subscriber wishes."""

from typing import Final

import msgspec
from litestar import get, put
from litestar.params import FromPath, JSONBody

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core import numbers
from wurao.core.errors import PolicyError
from wurao.core.standing import Standing
from wurao.core.wishes import KEYS, SEGMENTS, Profile
from wurao.edge.http import reading
from wurao.edge.http.bodies import WishBody
from wurao.edge.http.door import Parts, Who, needs


class NumberAnswer(msgspec.Struct, frozen=True):
    """What is known of a number: each symbol with its strength and the facts behind it."""

    number: str
    standing: tuple[Standing, ...]


@get("/v1/numbers/{n:str}", guards=[needs(Right.LIVE)], sync_to_thread=True, tags=["numbers"])
def read_number(n: FromPath[str], services: Parts, person: Who) -> NumberAnswer:
    """Return the standing of a number and of the ranges around it; the look is logged."""
    number = reading.number(n, "n")
    Eyes(services.access, services.clock, person, "GET /v1/numbers").look(number)
    return NumberAnswer(numbers.display(number), services.numbers.known(number).standing)


@put("/v1/wishes/{subscriber:str}", guards=[needs(Right.WISHES, Right.OWN)], sync_to_thread=True, tags=["wishes"])
def write_wish(subscriber: FromPath[str], data: JSONBody[WishBody], services: Parts, person: Who) -> WishBody:
    """Write a subscriber's wish; effective within a second. A subscriber writes only the own one."""
    number = reading.number(subscriber, "subscriber")
    if not person.may(Right.WISHES) and number != person.subscriber:
        raise PolicyError("this is another subscriber's wish")
    profile = reading.profile(data)
    services.wishes.put(number, profile)
    return wish_body(profile)


def wish_body(profile: Profile) -> WishBody:
    """Return a profile as the API writes it."""
    return WishBody(
        levels=dict(zip(KEYS, profile.levels, strict=True)),
        segments=dict(zip(SEGMENTS, profile.segments, strict=True)),
        quiet_start=profile.quiet_start,
        quiet_end=profile.quiet_end,
    )


ROUTES: Final = (read_number, write_wish)
