"""Roles and the rights they carry; a page or call asks for a right, never for a role."""

from enum import StrEnum
from typing import Final

import msgspec

from wurao.core.errors import PolicyError


class Right(StrEnum):
    """One thing that someone may do or see."""

    OWN = "own"
    """One's own calls, wishes and reports."""
    LIVE = "live"
    """The list of receipts, the history, a number's standing."""
    CLEAR = "clear"
    """Telephone numbers unmasked; every look is logged."""
    LEARN = "learn"
    """Teach from a row: nuisance or wanted; withdraw a verification."""
    RULES = "rules"
    """Turn a rule LIVE or SHADOW."""
    APPEALS = "appeals"
    """Decide appeals."""
    HEALTH = "health"
    """The state of the service, its figures and maps."""
    DECIDE = "decide"
    """Ask for decisions: switches and gateways."""
    REPORT = "report"
    """File reports in the name of subscribers."""
    WISHES = "wishes"
    """Write any subscriber's wish."""
    ORIGINATING = "originating"
    """The operator's own numbers as callers."""
    ACCOUNTS = "accounts"
    """Make accounts and API keys."""


class Role(StrEnum):
    """What an account or an API key is there for."""

    SUBSCRIBER = "subscriber"
    OPERATOR = "operator"
    ANALYST = "analyst"
    RESELLER = "reseller"
    """A virtual operator or outbound platform, which answers for numbers of its own."""
    EDGE = "edge"
    ADMIN = "admin"


_DESK: Final = frozenset({Right.LIVE, Right.LEARN, Right.APPEALS, Right.HEALTH})
RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.SUBSCRIBER: frozenset({Right.OWN}),
    Role.OPERATOR: _DESK | {Right.RULES},
    Role.ANALYST: _DESK | {Right.CLEAR},
    Role.RESELLER: frozenset({Right.ORIGINATING, Right.CLEAR}),
    Role.EDGE: frozenset({Right.DECIDE, Right.REPORT, Right.WISHES}),
    Role.ADMIN: frozenset(Right) - {Right.OWN},
}


class Person(msgspec.Struct, frozen=True):
    """Whoever is asking: an account or the holder of an API key; ``subscriber`` is the number a subscriber owns."""

    name: str
    role: Role
    subscriber: int = 0

    def may(self, right: Right) -> bool:
        """Return whether the role carries ``right``."""
        return right in RIGHTS[self.role]

    def need(self, right: Right) -> None:
        """Raise PolicyError unless the role carries ``right``."""
        if not self.may(right):
            raise PolicyError(f"role {self.role.value} may not do this (needs {right.value})", mend="ask an admin")
