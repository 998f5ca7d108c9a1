"""What is decided of one call: the action, the guard that ruled it, the symbols behind it."""

from enum import IntEnum
from typing import Literal

import msgspec


class Action(IntEnum):
    """What the network does with the call, in rising severity; the codes are those of the compiled path."""

    RING = 0
    LABEL = 1
    ASK = 2
    VOICEMAIL = 3
    REJECT = 4

    @property
    def text(self) -> str:
        """Return the name that facts and the API use."""
        return self.name.lower()


class Guard(IntEnum):
    """Which rule settled the call: FORMATS' precedence from EMERGENCY_CALLBACK to SYSTEM, and the edges of it."""

    NONE = 0
    """Nothing spoke against the call."""
    NOT_ENROLLED = 1
    EMERGENCY_CALLBACK = 2
    ALLOWED = 3
    DENIED = 4
    PUBLIC_SERVICE = 5
    DIALLED = 6
    CONTACT = 7
    EXPECTED = 8
    ANSWERED = 9
    VERIFIED = 10
    SYSTEM = 11
    """The system's verdict under the subscriber's wish."""
    SEGMENT = 12
    """The subscriber's own rule for a number segment or prefix."""
    QUIET_HOURS = 13
    REPEAT = 14
    """A second call within three minutes lifted a label."""
    FAULT = 15
    """Something of ours failed, so the phone rings."""

    @property
    def text(self) -> str:
        """Return the name that facts and the API use."""
        return self.name.lower()


Dialect = Literal["603+", "603", "608", "q850", "redirect", "announce"]
"""How a trunk is told: 603+ (ATIS-1000099), plain 603, 608 with a signed card (RFC 8688), 603 with Q.850 cause 21, a
redirect server's 404/302/603, or the operator's announcement."""
LabelHeader = Literal["none", "pai", "call-info"]
"""How a label reaches the phone over a trunk: not at all, as the display name of P-Asserted-Identity (RFC 3325), or as
the reason of a call in Call-Info (RFC 9796)."""
IdentityHeader = Literal["none", "verstat", "passport"]
"""Whose word counts for a caller's number: nobody's, the network's own check (verstat, 3GPP TS 24.229), or the PASSporT
in Identity (RFC 8224), which is checked here."""
Attestation = Literal["", "A", "B", "C", "failed", "missing"]
"""How a caller's number is vouched for: A, B, C as signed (RFC 8588), a check that failed, nobody's word where a trunk
carries it; empty where nobody looked or there is nothing to say."""
CallerHeader = Literal["from", "pai"]
"""Which header of a trunk is trusted for the caller: From, or P-Asserted-Identity and From where it is missing."""
CalleeHeader = Literal["request", "diversion", "history-info"]
"""Whose wish rules a forwarded call: the request's callee, or the one who forwarded it last (RFC 5806, RFC 7044)."""


class TextSign(msgspec.Struct, frozen=True):
    """What detection says of a text: a category or sub-code (``unknown`` for nothing), and how surely (0…1)."""

    category: str = "unknown"
    strength: float = 0.0


class SymbolHit(msgspec.Struct, frozen=True):
    """One symbol that spoke for or against the call, with its points and a sentence in both languages."""

    name: str
    score: float
    text_zh: str
    text_en: str
    group: str = ""
    shadow: bool = False


class Verdict(msgspec.Struct, frozen=True, rename={"of_class": "class"}):
    """The verdict object of FORMATS; times in microseconds UTC, ``score`` and ``threshold`` in points."""

    action: str
    sip_code: int
    score: float
    threshold: float
    category: str
    of_class: str
    method: str
    campaign: str
    wish: str
    symbols: tuple[SymbolHit, ...]
    reason_zh: str
    reason_en: str
    evidence_id: str
    appeal_url: str
    expires_us: int
    state: Literal["live", "shadow"]
    generation: int
    change: int
    guard: str = Guard.NONE.text
