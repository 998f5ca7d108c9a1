"""A rule rehearsed on the history of a running service."""

from pathlib import Path

from wurao.core.clock import FixedClock
from wurao.core.standing import Standing
from wurao.core.wishes import strict_profile
from wurao.edge.live.service import running
from wurao.edge.nouns import Ask
from wurao.store.home import Home

NOW_US = 1_790_000_000_000_000
ROBOT, SUBSCRIBER = 8613512345678, 8613900000001


def test_a_rule_says_which_calls_were_its_doing_and_whom_it_hurt(tmp_path: Path) -> None:
    clock = FixedClock(NOW_US)
    with running(Home.create(tmp_path / "home"), clock) as live:
        live.book.set_wish(SUBSCRIBER, strict_profile())
        live.book.write_standing([Standing(ROBOT, "LISTED", 1.0, "imported", NOW_US, category="fraud")])
        live.shield.follow()
        live.tables.refresh()
        live.services.screen.decide_many([Ask(caller, SUBSCRIBER) for caller in (ROBOT, ROBOT + 1)])
        live.collector.close()
        live.collecting.collect()
        replay = live.services.rules.replay("LISTED", 0)
    assert (replay.calls, replay.stopped, replay.labelled) == (2, 1, 0)
    (hurt,) = replay.hurt
    assert (hurt.decision.caller, hurt.decision.action, hurt.wanted) == (ROBOT, "reject", False)
