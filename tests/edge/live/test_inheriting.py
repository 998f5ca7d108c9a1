"""A campaign's new number, over the whole service: decided, collected, matched, in the book, and labelled at once."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from prometheus_client import generate_latest

from wurao.core.campaigns import Campaign
from wurao.core.clock import HOUR_US, FixedClock
from wurao.core.standing import Standing
from wurao.core.wishes import strict_profile
from wurao.detection.inheriting import kept as signatures_kept
from wurao.detection.inheriting.keyed import lead_key
from wurao.detection.linking import kept
from wurao.edge.live.service import Live, running
from wurao.edge.nouns import Ask
from wurao.store.book.registry import VerifiedCaller
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing

sys.path.insert(0, str(Path(__file__).parents[2] / "detection/inheriting"))
from known_campaigns import BLOCK, CALLEE, MEMBERS, NAME, NIGHT_US, OTHERS, TRUNK, signatures

NEW, VOUCHED, OLD, NEIGHBOUR = (BLOCK + n for n in (23, 24, 25, 26))
ELSEWHERE = 8657186600000
SUBSCRIBERS = range(CALLEE + 5, CALLEE + 500)


def linked(folder: Path) -> Home:
    """Return a home whose newest linking found one campaign, and whose calls had ``OLD`` among them."""
    home = Home.create(folder)
    identities, told = Identities(KeyRing.open(home)), signatures()
    ids = [identities.id_of(int(number)) for number in MEMBERS]
    members = {
        "campaign": [NAME] * len(ids),
        "caller_id": pa.array(ids, pa.binary(16)),
        "caller": pa.array(MEMBERS, pa.uint64()),
        "caller_sealed": pa.nulls(len(ids), pa.binary(25)),
        **{name: getattr(told, name) for name in ("first_us", "last_us", "calls")},
        "belongs": [0.9] * len(ids),
    }
    nobody = pa.Table.from_pylist([], schema=kept.LINKS)
    campaign = Campaign(NAME, "团伙", "campaign", "loan_finance", "robot", NIGHT_US, NIGHT_US, len(ids), 480)
    kept.write(home, kept.Linked(NIGHT_US, (campaign,), pa.table(members), nobody))
    met = np.sort([lead_key(identities.id_of(OLD)), *range(5_000)])
    leads = msgspec.structs.replace(told.leads, callee=np.array([lead_key(identities.id_of(CALLEE))]))
    signatures_kept.write(home, msgspec.structs.replace(told, met=met, leads=leads))
    return home


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.setenv("WURAO_RINGS", str(tmp_path / "rings"))
    with running(linked(tmp_path / "home"), FixedClock(NIGHT_US + 10 * HOUR_US)) as live:
        live.book.set_wishes(dict.fromkeys(SUBSCRIBERS, strict_profile()))
        live.book.put_verified([VerifiedCaller(int(VOUCHED), "银行", "通知")])
        wait(lambda: "wurao_campaigns_watched 1.0" in generate_latest(live.services.metrics).decode())
        yield live


def wait(until: Callable[[], object]) -> None:
    ends = time.monotonic() + 10
    while not until() and time.monotonic() < ends:
        time.sleep(0.02)
    assert until()


def called(live: Live, caller: int, ingress: str = TRUNK, *, to: Iterator[int]) -> str:
    """Let a number call the next subscriber – a second call to one may be urgent – and return what is done."""
    [decision] = live.services.screen.decide_many([Ask(int(caller), next(to), ingress)])
    return decision.action


def inherited(live: Live, caller: int) -> list[Standing]:
    return [row for row in live.book.standing_of(int(caller)) if row.symbol == "VEST_OF"]


def test_a_new_number_is_labelled_from_its_second_call_on_and_rejected_after_its_own_evidence(live: Live) -> None:
    to = iter(SUBSCRIBERS)
    assert called(live, NEW, to=to) == "ring", "the first call is decided before anybody has heard of it"
    wait(lambda: inherited(live, NEW))
    [row] = inherited(live, NEW)
    assert (row.campaign, row.category, row.facts["calls"]) == (NAME, "loan_finance", 1)
    assert {"block", "trunk"} <= set(row.facts)
    wait(lambda: called(live, NEW, to=to) == "label")
    live.book.write_standing([Standing(int(NEW), "ROBOT_CALLER", 0.5, "detection", NIGHT_US)])
    wait(lambda: called(live, NEW, to=to) == "reject")
    assert 'wurao_vests_inherited_total{call="1"} 1.0' in generate_latest(live.services.metrics).decode()


def test_nobody_inherits_by_block_or_trunk_alone_nor_who_is_vouched_for_or_called_before(live: Live) -> None:
    to = iter(SUBSCRIBERS)
    alone = [(NEIGHBOUR, OTHERS), (ELSEWHERE, TRUNK), (VOUCHED, TRUNK), (OLD, TRUNK)]
    for caller, ingress in alone:
        for _ in range(3):
            called(live, caller, ingress, to=to)
    called(live, NEW, to=to)
    wait(lambda: inherited(live, NEW))  # calls are matched in their order
    assert [inherited(live, caller) for caller, _ in alone] == [[]] * len(alone)
