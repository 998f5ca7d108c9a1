"""Bit layouts of the shield tables' 8-byte slots and of a decision, as pure functions on integers.

A slot is ``key 50 bit << 14 | payload 14 bit``; 0 is an empty slot. The compiled path (``store/tables/_slots.pxd``,
``screening/_decide.pyx``) repeats this arithmetic in C; a hypothesis test holds the two together.
"""

from enum import IntEnum, IntFlag
from typing import Final

import msgspec

from wurao.core.clock import DAY_US, MINUTE_US
from wurao.core.verdict import Action, Guard

KEY_BITS: Final = 50
PAYLOAD_BITS: Final = 14
PAYLOAD_MASK: Final = (1 << PAYLOAD_BITS) - 1
INVALID_CALLER: Final = (1 << KEY_BITS) - 1
"""Stands in a batch for a caller whose text is no number at all; 0 stands for a withheld one."""
SERVICE_BASE: Final = 10**15
OPAQUE_BASE: Final = 11 * 10**14
"""700-numbers, long senders and names from here on: labelled at most, never rejected."""
MAX_LEVEL: Final = 15
MAX_SPAN: Final = 11
NORMAL_SPANS: Final = (1, 2, 3, 4)
NEVER_EXPIRES: Final = 2047
TRUNK_BYTES: Final = 15
"""How much of a trunk's name the record of a decision holds, in UTF-8."""

_M64: Final = (1 << 64) - 1
_MULTIPLIER: Final = 0xD6E8FEB86659FD93
_GOLDEN: Final = 0x9E3779B97F4A7C15


def cut(trunk: str) -> str:
    """Return what the record of a decision holds of a trunk's name."""
    return trunk.encode()[:TRUNK_BYTES].decode(errors="ignore")


def scramble(x: int) -> int:
    """Return a bijective mix of 64 bits."""
    x ^= x >> 32
    x = x * _MULTIPLIER & _M64
    x ^= x >> 32
    x = x * _MULTIPLIER & _M64
    return x ^ x >> 32


def home_slot(key: int, slots: int) -> int:
    """Return the slot, or the line of slots, where searching for ``key`` begins; any number below 2^32 does."""
    x = key * _GOLDEN & _M64
    x ^= x >> 32
    x = x * _MULTIPLIER & _M64
    return (x >> 32) * slots >> 32


def range_key(block: int, span: int) -> int:
    """Return the key of the block of 10^span numbers ``block = number // 10**span``."""
    return scramble((block << 4 | span) & _M64) >> PAYLOAD_BITS or 1


def pair_key(subscriber: int, caller: int) -> int:
    """Return the key of a subscriber and a caller.

    ``caller`` 0 is the subscriber's own emergency call; ``range_key(block, span)`` as caller is a prefix of the
    subscriber's own list.
    """
    return scramble(scramble(subscriber) ^ caller) >> PAYLOAD_BITS or 1


class Risk(msgspec.Struct, frozen=True):
    """What the tables know of one number; one level is one point of score, ``floor(score)`` up to 15.

    ``shadow``: all of the level comes from SHADOW rules. ``inherited``: the level is a campaign's, not the number's.
    ``answered_void``: many others reported it or it is robot-scored, so the answered guard doesn't apply.
    ``reported``: all of the level are people's reports, so that a range, which is their reports too, adds no family.
    """

    category: int = 0
    level: int = 0
    verified: bool = False
    shadow: bool = False
    inherited: bool = False
    answered_void: bool = False
    reported: bool = False

    def pack(self) -> int:
        """Return the payload: category 5 | level 4 | verified | shadow | inherited | answered_void | reported."""
        return (
            self.category
            | self.level << 5
            | self.verified << 9
            | self.shadow << 10
            | self.inherited << 11
            | self.answered_void << 12
            | self.reported << 13
        )

    @classmethod
    def unpack(cls, payload: int) -> "Risk":
        """Return the fields of a payload."""
        flags = (bool(payload >> bit & 1) for bit in (9, 10, 11, 12, 13))
        return cls(payload & 31, payload >> 5 & 15, *flags)


class Range(msgspec.Struct, frozen=True):
    """What the tables know of one block.

    ``finer``, at span 4 only and set by the builder and the overlay: bit k−1 says that blocks of span k inside are
    known too, so that a look-up passes over the spans that aren't.
    """

    category: int = 0
    level: int = 0
    verified: bool = False
    shadow: bool = False
    finer: int = 0

    def pack(self) -> int:
        """Return the payload: category 5 | level 4 | verified | shadow | finer 3."""
        return self.category | self.level << 5 | self.verified << 9 | self.shadow << 10 | self.finer << 11

    @classmethod
    def unpack(cls, payload: int) -> "Range":
        """Return the fields of a payload."""
        return cls(payload & 31, payload >> 5 & 15, bool(payload >> 9 & 1), bool(payload >> 10 & 1), payload >> 11 & 7)


FINER: Final = 7 << 11
SPEAKS: Final = 15 << 5 | 1 << 9
"""A range payload says something when it has a level or is verified."""


def finer_bit(span: int) -> int:
    """Return the bit of a payload at span 4 that says that blocks of ``span`` 1…3 inside are known."""
    return 1 << 10 + span


class PairKind(IntEnum):
    """What lies between a subscriber and a caller; several kinds may stand for one pair."""

    ALLOW = 0
    DENY = 1
    DIALLED = 2
    CONTACT = 3
    EXPECTED = 4
    ANSWERED = 5
    EMERGENCY = 6
    REPORTED = 7


FINE_UNIT_US: Final = 15 * MINUTE_US
_FINE: Final = (PairKind.EXPECTED, PairKind.EMERGENCY)


def expiry_unit_us(kind: int) -> int:
    """Return what one step of a pair's expiry lasts: 15 minutes for expected and emergency, else a day."""
    return FINE_UNIT_US if kind in _FINE else DAY_US


def pair_expiry(kind: int, until_us: int, base_us: int) -> int:
    """Return an instant as 11-bit expiry since ``base_us``, rounded up; ``until_us`` 0 is never, 0 is over already.

    Later than the units reach (21 days for expected and emergency, 5 years else) counts as the last instant they
    reach: the next generation carries it on.
    """
    if until_us == 0:
        return NEVER_EXPIRES
    steps = -(-(until_us - base_us) // expiry_unit_us(kind))
    return min(max(steps, 0), NEVER_EXPIRES - 1)


def pair_payload(kind: int, expiry: int) -> int:
    """Return the payload kind 3 | expiry 11; expiry 0 is a tombstone that hides the generation's entry."""
    return kind | expiry << 3


def pair_holds(payload: int, at_us: int, base_us: int) -> bool:
    """Tell whether a pair's entry still holds at ``at_us``."""
    expiry = payload >> 3
    if expiry in (0, NEVER_EXPIRES):
        return expiry == NEVER_EXPIRES
    return at_us < base_us + expiry * expiry_unit_us(payload & 7)


class CallSymbol(IntEnum):
    """Symbols raised at call time; the value is the index into the policy's arrays and the bit in a decision."""

    ANONYMOUS_CALLER = 0
    INVALID_NUMBER = 1
    SPOOFED_PUBLIC = 2
    """A public service's number from an ingress that isn't domestic and trusted."""
    OVERSEAS_DISGUISED = 3
    """A Chinese number that is no mobile (mobiles roam) from an international gateway."""
    GATEWAY_ATTESTED = 4
    """Attestation C: the carrier only vouches for the gateway it came through."""
    NEIGHBOUR_SPOOF = 5
    """A Chinese mobile in the callee's own 7-digit segment: a robot's way to look familiar."""
    OVERSEAS_NUMBER = 6
    HKMOTW_NUMBER = 7
    """A number of Hong Kong, Macao or Taiwan."""
    IDENTITY_FAILED = 8
    """The check of the caller's number failed: verstat says so, or its PASSporT isn't genuine."""
    IDENTITY_MISSING = 9
    """Nobody vouches for the number over a trunk where that is usual."""


CIRCUMSTANCES: Final = {"C": 2, "failed": 4, "missing": 8}
"""Bits of a call's circumstances by how its number is vouched for; bit 0 says that it repeats."""


class DecisionFlag(IntFlag):
    """Circumstances of a decision."""

    SHADOW = 1
    """Decided by SHADOW rules alone: logged, and the phone rings."""
    RANGE = 2
    """A range added points."""
    RISK = 4
    """The number's own level added points."""
    VERIFIED = 8
    INHERITED = 16
    REPEAT = 32
    """A second call within three minutes."""
    QUIET = 64
    """Within the callee's quiet hours."""
    UNLABELLED = 128
    """The trunk can't carry the label to the phone, so it rang unlabelled; edges that speak SIP set it."""


class DecisionWord(msgspec.Struct, frozen=True):
    """One decision as the compiled path hands it over: a 64-bit word.

    Layout from the low bit: action 3 | guard 5 | category 5 | level 4 | flags 8 | code 10 | score 16 | symbols 10.
    ``score_deci`` is in tenths of a point, 0…65535; ``symbols`` has a bit per CallSymbol that was raised.
    """

    action: Action
    guard: Guard
    category: int
    level: int
    flags: DecisionFlag
    code: int
    score_deci: int
    symbols: int

    def pack(self) -> int:
        """Return the word."""
        return (
            self.action
            | self.guard << 3
            | self.category << 8
            | self.level << 13
            | self.flags << 17
            | self.code << 25
            | self.score_deci << 35
            | self.symbols << 51
        )

    @classmethod
    def unpack(cls, word: int) -> "DecisionWord":
        """Return the fields of a word."""
        return cls(
            action=Action(word & 7),
            guard=Guard(word >> 3 & 31),
            category=word >> 8 & 31,
            level=word >> 13 & 15,
            flags=DecisionFlag(word >> 17 & 255),
            code=word >> 25 & 1023,
            score_deci=word >> 35 & 65535,
            symbols=word >> 51 & 1023,
        )
