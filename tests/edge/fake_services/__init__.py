"""An in-memory stand-in for every port of ``Services``, with a small town's worth of calls; no table, book or lake."""

from fake_services.access import FakeAccess
from fake_services.calls import FakeHistory, FakeNumbers, FakeScreen
from fake_services.campaigns import FakeCampaigns
from fake_services.detection import FakeDetection, registered
from fake_services.originating import FakeOriginating, NoOriginating
from fake_services.redress import FakeAppeals, FakeCards, FakeProofs
from fake_services.rules import FakeHealth, FakeRules
from fake_services.subscribers import FakeReports, FakeWishes
from fake_services.town import COURIER, NOW_US, ROBOT, SUBSCRIBER, sample_decision
from wurao.access import passwords
from wurao.access.interface import Account
from wurao.access.roles import Role
from wurao.core.clock import MINUTE_US, SECOND_US, FixedClock
from wurao.core.wishes import default_profile
from wurao.edge.services import Services

PASSWORD = "correct-horse-battery"


def fake_services(*, empty: bool = False) -> Services:
    """Return services over one town; accounts admin, analyst, operator, reseller and subscriber share one password."""
    clock = FixedClock(NOW_US)
    history = FakeHistory()
    access = FakeAccess()
    secret = passwords.hashed(PASSWORD)
    for role in (Role.ADMIN, Role.ANALYST, Role.OPERATOR, Role.RESELLER):
        access.put_account(Account(role.value, role, secret))
    access.put_account(Account("subscriber", Role.SUBSCRIBER, secret, SUBSCRIBER))
    appeals = FakeAppeals(clock)
    wishes = FakeWishes()
    if not empty:
        history.rows += [sample_decision(n, NOW_US - (40 - n) * 2 * MINUTE_US - n * 7 * SECOND_US) for n in range(40)]
        appeals.file(COURIER, "", "我们是快递站点，客户收不到派件电话。")
        appeals.file(ROBOT, history.rows[0].receipt, "This number is a clinic's.")
        appeals.decide("a2", "operator", "多人举报，行为像机器人", uphold=False)
        wishes.put(SUBSCRIBER, default_profile())
    return Services(
        clock=clock,
        access=access,
        screen=FakeScreen(clock, history),
        history=history,
        numbers=FakeNumbers(history),
        reports=FakeReports(clock),
        wishes=wishes,
        appeals=appeals,
        rules=FakeRules(history),
        health=FakeHealth(),
        cards=FakeCards(),
        proofs=FakeProofs(clock),
        originating=NoOriginating() if empty else FakeOriginating(),
        detection=FakeDetection(ran=False) if empty else FakeDetection(registered()),
        campaigns=FakeCampaigns(ran=not empty),
    )


__all__ = ["PASSWORD", "FakeAccess", "fake_services", "sample_decision"]
