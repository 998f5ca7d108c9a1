from collections.abc import Callable

import pytest

from wurao.core.clock import HOUR_US, FixedClock
from wurao.edge.live.batch import Batch
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
    live.add(Batch.of([decision(1), decision(2, "reject"), decision(3)]))
    assert [d.receipt for d in live.find(DecisionFilter())] == ["r3", "r2", "r1"]
    assert [d.receipt for d in live.find(DecisionFilter(action="reject"))] == ["r2"]
    assert [d.receipt for d in live.find(DecisionFilter(number=8613800000001))] == ["r1"]
    assert live.find(DecisionFilter(since_us=NOW + 1)) == []


def test_where_memory_ends_the_lake_goes_on_without_repeating(decision: Maker) -> None:
    old = decision(0, at_us=NOW - HOUR_US)
    live = history(lambda _wanted: [decision(1), old])
    live.add(Batch.of([decision(1)]))
    assert [d.receipt for d in live.find(DecisionFilter(limit=5))] == ["r1", "r0"]
    assert live.get("r1") == decision(1)


def test_the_stream_shows_rejects_first_and_never_a_row_twice(decision: Maker) -> None:
    live = history()
    mark, nothing = live.since(-1, 20)
    assert nothing == []
    live.add(Batch.of([decision(n, "reject" if n == 25 else "ring") for n in range(30)]))
    mark, rows = live.since(mark, 20)
    assert len(rows) == 20
    assert rows[0].receipt == "r25"
    assert live.since(mark, 20) == (mark, [])


def test_a_shadow_reject_rang_anyway(decision: Maker) -> None:
    live = history()
    live.add(
        Batch.of([decision(1, "reject"), decision(2, "reject", state="shadow"), decision(3, "label"), decision(4)])
    )
    tally = live.tally(NOW - HOUR_US)
    assert (tally.stopped, tally.rang_anyway, tally.wrongly_blocked, tally.open_appeals) == (1, 2, 2, 3)
    assert [hour.rung for hour in live.hours(NOW - HOUR_US)] == [0, 1]


def test_a_label_that_could_not_be_shown_rang(decision: Maker) -> None:
    live = history()
    live.add(Batch.of([decision(1, "label", state="unshown"), decision(2, "label")]))
    tally = live.tally(NOW - HOUR_US)
    assert (tally.stopped, tally.rang_anyway, tally.unlabelled) == (0, 2, 1)
    assert [(hour.labelled, hour.rung) for hour in live.hours(NOW - HOUR_US)] == [(0, 0), (1, 1)]


def test_memory_is_bounded(decision: Maker) -> None:
    live = history()
    batch = Batch.of(decision(n) for n in range(1_000))
    for _ in range(NEWEST // 1_000 + 5):
        live.add(batch)
    assert NEWEST <= len(live.find(DecisionFilter(limit=NEWEST * 2))) <= NEWEST + 1_000


def test_small_batches_are_held_together_and_read_as_they_came(decision: Maker) -> None:
    live = history()
    rows = [decision(n, "reject" if n % 3 else "ring", state="live" if n % 5 else "shadow") for n in range(50)]
    for row in rows:
        live.add(Batch.of([row]))
    assert live.find(DecisionFilter(limit=50)) == rows[::-1]
    assert [d.receipt for d in live.since(49, 5)[1]] == ["r49"]
    mark, shown = live.since(10, 7)
    assert mark == 50
    assert shown == [row for row in rows[10:] if row.stopped][:7]
