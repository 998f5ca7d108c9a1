"""Signatures made by hand: a campaign of a landline block on a reseller's trunk, among people on other trunks."""

import numpy as np

from wurao.core.clock import DAY_US, HOUR_US
from wurao.core.numbers import read
from wurao.detection.inheriting.first_calls import FirstCall
from wurao.detection.inheriting.signatures import Leads, Shares, Signatures

NIGHT_US = 20_500 * DAY_US - 8 * HOUR_US
"""Midnight in China."""
NAME = "c-0000000001"
BLOCK = read("057156100000")
MEMBERS = BLOCK + np.array([0, 11, 37, 48, 59, 74, 85, 96])
CALLEE = read("13900000001")
TRUNK, OTHERS = "trunk-2", "local"
HOURS = tuple(str(hour) for hour in range(9, 18))


def signatures(**changed: object) -> Signatures:
    """Return the signatures of one campaign of eight numbers, 60 calls each, of three days."""
    n = len(MEMBERS)
    made = {
        "at_us": NIGHT_US,
        "names": (NAME,),
        "numbers": MEMBERS,
        "of": np.zeros(n, np.int64),
        "first_us": NIGHT_US - np.linspace(6, 1, n).astype(np.int64) * DAY_US,
        "last_us": NIGHT_US - np.linspace(4 * 24, 8, n).astype(np.int64) * HOUR_US,
        "calls": np.full(n, 60),
        "habits": {
            "ingress": Shares(
                (f"{OTHERS} mobile", f"{TRUNK} fixed"), np.array([[0.0, 380.0]]), np.array([9_900.0, 100.0])
            ),
            "hour": Shares(HOURS, np.full((1, 9), 42.0), np.full(9, 1_000.0)),
            "gap": Shares(("8", "12"), np.array([[300.0, 60.0]]), np.array([500.0, 4_000.0])),
        },
        "beside": np.array([0.01, 0.02]),
        "populated": {span: {int(BLOCK // 10**span): n} for span in (2, 3, 4)},
        "leads": Leads(*(np.array([one]) for one in (CALLEE, 0, NIGHT_US - DAY_US, 3)), pairs=40_000),
        "met": np.array([1, 2, 3] * 1_000),
    }
    return Signatures(**(made | changed))


def call(callee: int = CALLEE + 5, ingress: str = TRUNK, after_h: float = 10.0) -> FirstCall:
    """Return a call of the next day."""
    return FirstCall(NIGHT_US + int(after_h * HOUR_US), callee, callee, ingress)
