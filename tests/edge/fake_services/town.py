"""The town that all fakes tell of: who lives in it, and calls that were decided there."""

import itertools

from wurao.core.payload import INVALID_CALLER
from wurao.edge.nouns import Decision

NOW_US = 1_787_000_000_000_000  # 2026-08-18 01:33:20 UTC
SUBSCRIBER = 8613800138000
OTHER = 8615912345021
ROBOT = 8617612341417
COURIER = 8613912345678
_RECEIPTS = itertools.count(1)

CALLS = (
    (ROBOT, "reject", 603, 176, "securities", "system", ("REPORTED", "ROBOT_CALLER")),
    (8617312341861, "reject", 603, 168, "loan_finance", "system", ("REPORTED", "REPORTED_RANGE")),
    (8613712344122, "label", 0, 69, "loan_finance", "system", ("REPORTED_RANGE",)),
    (COURIER, "ring", 0, 0, "courier", "expected", ()),
    (8618012347521, "reject", 603, 193, "debt_collection", "system", ("REPORTED", "CAMPAIGN_MEMBER")),
    (10**15 + 95588, "ring", 0, 0, "bank_service", "public_service", ()),
    (8613612340001, "ring", 0, 0, "person", "contact", ()),
    (0, "label", 0, 40, "unknown", "system", ("ANONYMOUS_CALLER",)),
    (INVALID_CALLER, "label", 0, 50, "unknown", "system", ("INVALID_NUMBER",)),
    (8657188881234, "ring", 0, 21, "unknown", "none", ()),
)


def sample_decision(index: int, at_us: int, callee: int = SUBSCRIBER) -> Decision:
    caller, action, code, score, category, guard, symbols = CALLS[index % len(CALLS)]
    return Decision(
        receipt=f"{next(_RECEIPTS):024x}",
        caller=caller,
        callee=callee if index % 6 == 0 else OTHER,
        at_us=at_us,
        ingress="trunk-a" if index % 3 else "overseas",
        action=action,
        code=code,
        score_deci=score,
        category=category,
        guard=guard,
        symbols=symbols,
        state="live",
        generation=12,
        change=48211,
    )
