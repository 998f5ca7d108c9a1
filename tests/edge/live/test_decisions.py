from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from wurao.edge.live.batch import Batch
from wurao.edge.live.decisions import Decisions
from wurao.edge.nouns import Decision, DecisionFilter
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.journal import Journal
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

NOW = 1_700_000_000_000_000
CALLER, CALLEE = 8613800000001, 8613900000000


def decision(n: int, caller: int = CALLER, action: str = "ring") -> Decision:
    return Decision(
        receipt=f"r{n}", caller=caller, callee=CALLEE, at_us=NOW + n, ingress="t1", action=action, code=603,
        score_deci=176, category="fraud", guard="system", symbols=("REPORTED", "ANONYMOUS_CALLER"), state="live",
        generation=1, change=n,
    )  # fmt: skip


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[Decisions, Journal, Lake]]:
    home = Home.create(tmp_path / "home")
    with home.lock():
        lake, identities = Lake(home), Identities(KeyRing.open(home))
        with Journal(home) as journal:
            yield Decisions(lake, journal, identities, lambda n: np.zeros(len(n), np.bool_)), journal, lake


def test_a_decision_reads_back_as_it_was_before_and_after_the_fold(kept: tuple[Decisions, Journal, Lake]) -> None:
    decisions, journal, lake = kept
    rows = [decision(n, CALLER + n, "reject" if n % 2 else "ring") for n in range(10)]
    decisions.keep(Batch.of(rows))
    for _ in range(2):
        assert decisions.newest(20, NOW) == rows
        assert decisions.older(DecisionFilter(number=CALLER + 3)) == [rows[3]]
        assert decisions.older(DecisionFilter(action="reject", limit=2)) == [rows[9], rows[7]]
        assert decisions.older(DecisionFilter(receipt="r4", since_us=NOW)) == [rows[4]]
        assert decisions.older(DecisionFilter(callee=CALLER)) == []
        journal.fold(lake)


def test_the_callee_never_lies_in_clear(kept: tuple[Decisions, Journal, Lake], tmp_path: Path) -> None:
    decisions, _, _ = kept
    decisions.keep(Batch.of([decision(1)]))
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert str(CALLEE).encode() not in stored
    assert CALLEE.to_bytes(8, "big") not in stored
    assert CALLEE.to_bytes(8, "little") not in stored
