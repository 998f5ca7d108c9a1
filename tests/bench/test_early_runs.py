"""`wurao bench early`, `evasion`, `spare`: each runs with the factory's model at a small size."""

from typing import Any

import numpy as np
import pytest

from wurao.bench import early, early_rules, evasion, spare


def test_the_detector_stands_beside_the_rules_at_the_same_rates() -> None:
    figures: dict[str, Any] = early.run(long=False, subscribers=300, days=2, seeds=1, factory=True)
    assert set(figures["caught"]) == {"detector", "detector_tuned_alike", *early_rules.RULES}
    assert 0.6 < figures["separation"]["k5"]["auc"][0] <= 1
    assert figures["caught"]["detector"]["reject"]["caught"][0] == 0, "it rejects nobody by itself"
    assert figures["wanted"]["detector"]["courier"]["numbers"] > 0


def test_an_attacker_s_changes_stand_in_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evasion, "CHANGES", {"rate 5–10 a day": evasion.CHANGES["rate 5–10 a day"]})
    monkeypatch.setattr(evasion, "SUBSCRIBERS", 300)
    monkeypatch.setattr(evasion, "_wanted", lambda _model, _seed, _plan: np.linspace(-6.0, 2.0, 50))
    table: dict[str, Any] = evasion.run(long=False)["table"]  # type: ignore[assignment]
    found = table["rate 5–10 a day"]
    assert 0 < found["unlabelled_a_day"][0] <= found["calls_a_day"][0] < 20
    assert set(found) == {"auc_k20", "caught_by_20", "caught_by_50", "caught_by_100", "caught"} | {
        "calls_a_day",
        "unlabelled_a_day",
    }


def test_every_change_is_one_of_the_trade_s_figures() -> None:
    as_it_is = evasion.changed({})
    for name, change in evasion.CHANGES.items():
        changed = [
            (ours, theirs)
            for ours, theirs in zip(evasion.changed(change).campaigns, as_it_is.campaigns, strict=True)
            if ours != theirs
        ]
        assert [ours.name for ours, _ in changed] == ([evasion.TRADE] if change else []), name


def test_numbers_of_a_wanted_kind_are_counted_with_what_that_does_not_rule_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare, "_limit", lambda _model, _plan: 8.0)
    figures: dict[str, Any] = spare.run(long=False, numbers=30, kinds=("courier",))
    found = figures["kinds"]["courier"]
    assert (found["numbers"], found["rejected"], figures["rejects_after"]) == (30, 0, [])
    assert found["rejected_at_most"] == pytest.approx(0.095, abs=0.001)
