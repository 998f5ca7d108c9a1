"""The facts of FORMATS: one schema that intake checks, the lake stores and the simulated world writes.

``FACTS[name]`` lists the columns in order. A column of type ``number`` is a telephone number (text outside, uint64
inside), ``time`` is int64 microseconds UTC (``start_us`` inside, ``start`` with ISO 8601 outside), ``text`` is UTF-8,
``enum`` one of its choices, ``bool``/``int`` as they say, ``levels`` the wish columns.
"""

from typing import Final, Literal

import msgspec

from wurao.core.categories import METHODS
from wurao.core.wishes import KEYS

ColumnType = Literal["number", "time", "text", "enum", "int"]


class Column(msgspec.Struct, frozen=True):
    """One column: ``low``/``high`` bound an int, ``limit`` the characters of a text, ``choices`` an enum."""

    name: str
    type: ColumnType
    required: bool = False
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 2**31 - 1
    limit: int = 256
    default: str = ""
    aliases: tuple[str, ...] = ()


class Fact(msgspec.Struct, frozen=True):
    """One kind of fact: its columns, the column of its id (if it has one) and the time that names its day."""

    name: str
    columns: tuple[Column, ...]
    id_column: str | None = None
    time_column: str | None = None
    subscribers: tuple[str, ...] = ()
    """Columns whose numbers are always a subscriber's: sealed at rest, never in clear."""

    def column(self, name: str) -> Column | None:
        """Return the column of that name or alias."""
        return next((c for c in self.columns if name == c.name or name in c.aliases), None)


def _number(name: str, *, required: bool = True, aliases: tuple[str, ...] = ()) -> Column:
    return Column(name, "number", required=required, aliases=aliases)


def _time(name: str, *, required: bool = True) -> Column:
    return Column(name, "time", required=required, aliases=(name.removesuffix("_us"),))


def _text(name: str, limit: int = 256, *, required: bool = False) -> Column:
    return Column(name, "text", required=required, limit=limit)


def _enum(name: str, *choices: str, required: bool = False, default: str = "") -> Column:
    return Column(name, "enum", required=required, choices=choices, default=default)


def _int(name: str, high: int = 2**31 - 1) -> Column:
    return Column(name, "int", high=high)


DAY_MS: Final = 86_400_000
_CALL: Final = (
    _text("call_id", 128),
    _number("caller"),
    _number("callee"),
    _time("start_us"),
    _int("ring_ms", DAY_MS),
    _int("talk_ms", DAY_MS),
    _enum("disposition", "answered", "no_answer", "busy", "rejected", "failed", "cancelled"),
    _enum("released_by", "caller", "callee", "network"),
    _text("ingress", 64),
    _text("user_agent", 256),
    _enum("attestation", "A", "B", "C"),
    _text("imei_tac", 8),
    _int("cells"),
)
_DISCLOSURE_KINDS: Final = (
    "app",
    "miniprogram",
    "official_account",
    "site",
    "courier_slip",
    "bank",
    "developer",
    "carrier",
    "public_post",
)
_REPORT: Final = (
    _text("report_id", 128),
    _number("reporter", required=False),
    _enum("target", "call", "message", "holder", "listing", default="call"),
    _text("subject", 2048, required=True),
    _time("occurred_us"),
    _time("received_us", required=False),
    _text("category", 64),
    _enum("method", *METHODS, default="unknown"),
    _text("text", 4096),
    _text("evidence", 1024),
    _enum("wanted", "0", "1", default="0"),
)
_DECISION: Final = (
    _text("receipt", 32),
    _number("caller"),
    _number("callee"),
    _time("at_us"),
    _text("ingress", 64),
    _text("action", 16),
    _int("code", 699),
    _int("score_deci"),
    _text("category", 32),
    _text("guard", 32),
    _text("symbols", 1024),
    _text("state", 8),
    _int("generation"),
    Column("change", "int", high=2**63 - 1),
)

FACTS: Final = {
    fact.name: fact
    for fact in (
        Fact("calls", _CALL, "call_id", "start_us", ("callee",)),
        Fact(
            "messages",
            (
                _text("message_id", 128),
                _number("sender"),
                _number("recipient"),
                _time("sent_us"),
                _text("text", 4096, required=True),
                _enum("port", "p2p", "application"),
            ),
            "message_id",
            "sent_us",
            ("recipient",),
        ),
        Fact("reports", _REPORT, "report_id", "occurred_us", ("reporter",)),
        Fact(
            "disclosures",
            (
                _number("subscriber"),
                Column("holder", "text", required=True, aliases=("app",)),
                _time("at_us"),
                _enum("kind", *_DISCLOSURE_KINDS),
                _enum("arm", "installed", "browsed", "registered", "asked_price", "ordered"),
                _enum("source", "manual", "sms_signature", "binding", "letter"),
            ),
            None,
            "at_us",
            ("subscriber",),
        ),
        Fact(
            "wishes",
            (
                _number("subscriber"),
                *(_int(key, 3) for key in KEYS),
                _text("segments"),
                _text("quiet", 16),
                _time("until_us", required=False),
            ),
            None,
            None,
            ("subscriber",),
        ),
        Fact(
            "contacts",
            (
                _number("subscriber"),
                _number("number"),
                _enum("kind", "allow", "deny", "contact", "dialled", "answered", "expected", required=True),
                _time("until_us", required=False),
            ),
            None,
            None,
            ("subscriber",),
        ),
        Fact(
            "verified",
            (
                _number("number", required=False),
                _text("prefix", 15),
                _text("organisation", required=True),
                _text("purpose", required=True),
                _text("proof"),
                _time("until_us", required=False),
            ),
        ),
        Fact(
            "assignments",
            (
                _number("number"),
                _enum("event", "released", "assigned", "ported", "suspended", "restored", required=True),
                _time("at_us"),
            ),
            None,
            "at_us",
        ),
        Fact(
            "listings",
            (
                _text("listing_id", 128, required=True),
                _text("site"),
                _time("seen_us"),
                _text("title", 1024, required=True),
                _text("text", 16_384),
                _text("price", 64),
                _text("seller"),
            ),
            "listing_id",
            "seen_us",
        ),
        Fact("decisions", _DECISION, "receipt", "at_us", ("callee",)),
    )
}
"""``decisions`` are written by wurao itself: every decision is again a fact."""
