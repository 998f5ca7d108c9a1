from collections.abc import Callable

import pytest

from wurao.core.clock import HOUR_US, FixedClock
from wurao.edge.live.history import NEWEST, LiveHistory
from wurao.edge.nouns import Decision, DecisionFilter

NOW = 1_700_000_000_000_000
Maker = Callable[..., Decision]


@pytest.fixture
def decision() -> Maker:
    def make(n: int, action: str = "ring", *, state: str = "live", at_us: int = NOW) -> Decision:
        return Decision(
            receipt=f"r{n}", caller=8613800000000 + n, callee=8613900000000, at_us=at_us, ingress="t1", action=action,
            code=603 if action == "reject" else 0, score_deci=0, category="fraud", guard="system", symbols=(),
            state=state, generation=1, change=n,
        )  # fmt: skip

    return make


def history(older: Callable[[DecisionFilter], list[Decision]] = lambda _wanted: []) -> LiveHistory:
    return LiveHistory(FixedClock(NOW), older, open_appeals=lambda: 3, false_blocks=lambda _since: 2)


def test_newest_first_and_filtered(decision: Maker) -> None:
    live = history()
    live.add([decision(1), decision(2, "reject"), decision(3)])
    assert [d.receipt for d in live.find(DecisionFilter())] == ["r3", "r2", "r1"]
    assert [d.receipt for d in live.find(DecisionFilter(action="reject"))] == ["r2"]
    assert [d.receipt for d in live.find(DecisionFilter(number=8613800000001))] == ["r1"]
    assert live.find(DecisionFilter(since_us=NOW + 1)) == []


def test_where_memory_ends_the_lake_goes_on_without_repeating(decision: Maker) -> None:
    old = decision(0, at_us=NOW - HOUR_US)
    live = history(lambda _wanted: [decision(1), old])
    live.add([decision(1)])
    assert [d.receipt for d in live.find(DecisionFilter(limit=5))] == ["r1", "r0"]
    assert live.get("r1") == decision(1)


def test_the_stream_shows_rejects_first_and_never_a_row_twice(decision: Maker) -> None:
    live = history()
    mark, nothing = live.since(-1, 20)
    assert nothing == []
    live.add([decision(n, "reject" if n == 25 else "ring") for n in range(30)])
    mark, rows = live.since(mark, 20)
    assert len(rows) == 20
    assert rows[0].receipt == "r25"
    assert live.since(mark, 20) == (mark, [])


def test_a_shadow_reject_rang_anyway(decision: Maker) -> None:
    live = history()
    live.add([decision(1, "reject"), decision(2, "reject", state="shadow"), decision(3, "label"), decision(4)])
    tally = live.tally(NOW - HOUR_US)
    assert (tally.stopped, tally.rang_anyway, tally.wrongly_blocked, tally.open_appeals) == (1, 2, 2, 3)
    assert [hour.rung for hour in live.hours(NOW - HOUR_US)] == [0, 1]


def test_a_label_that_could_not_be_shown_rang(decision: Maker) -> None:
    live = history()
    live.add([decision(1, "label", state="unshown"), decision(2, "label")])
    tally = live.tally(NOW - HOUR_US)
    assert (tally.stopped, tally.rang_anyway, tally.unlabelled) == (0, 2, 1)
    assert [(hour.labelled, hour.rung) for hour in live.hours(NOW - HOUR_US)] == [(0, 0), (1, 1)]


def test_memory_is_bounded(decision: Maker) -> None:
    live = history()
    row = decision(1)
    live.add(row for _ in range(NEWEST + 10))
    assert len(live.find(DecisionFilter(limit=NEWEST + 10))) == NEWEST
