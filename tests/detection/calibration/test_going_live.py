"""When a rule may reject: a second family, or a clean week on local traffic."""

import pytest

from wurao.core.clock import DAY_US
from wurao.detection.calibration.going_live import LEAST_JUDGED, Rehearsal, may_go_live

WEEK_US = 7 * DAY_US


@pytest.mark.parametrize(
    ("rehearsal", "families", "live", "said"),
    [
        (Rehearsal(0, LEAST_JUDGED, 0), 1, True, "no false block"),
        (Rehearsal(1, LEAST_JUDGED, 0), 1, False, "of 7 days"),
        (Rehearsal(0, LEAST_JUDGED - 1, 0), 1, False, "judged 2,999"),
        (Rehearsal(0, 10**6, 1), 1, False, "1 false blocks"),
        (Rehearsal(WEEK_US, 0, 0), 2, True, "second family"),
        (Rehearsal(0, 10**6, 1), 2, False, "1 false blocks"),
    ],
)
def test_a_rule_goes_live(rehearsal: Rehearsal, families: int, said: str, *, live: bool) -> None:
    permission = may_go_live(rehearsal, WEEK_US, families=families)
    assert permission.live is live
    assert said in permission.reason
