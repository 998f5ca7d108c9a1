"""Rules spend their budget of false blocks and turn to SHADOW by themselves."""

import pytest

from wurao.core.clock import DAY_US, FixedClock
from wurao.core.errors import InputError
from wurao.store.book import Book
from wurao.store.book.rules import RuleBudget

RULE = "REPORTED"


@pytest.fixture
def ruled(book: Book) -> Book:
    book.declare_rules({RULE: RuleBudget(RULE, budget=2, window_days=7)})
    return book


def test_declaring_again_keeps_the_state_and_takes_the_budget(ruled: Book) -> None:
    ruled.set_rule(RULE, "shadow", "anna")
    changes = ruled.last_change()
    ruled.declare_rules({RULE: RuleBudget(RULE, budget=2, window_days=7)})
    assert ruled.last_change() == changes
    ruled.declare_rules({RULE: RuleBudget(RULE, budget=9, window_days=7)})
    (rule,) = ruled.rules()
    assert (rule.state, rule.budget, rule.note) == ("shadow", 9, "anna")


def test_a_spent_budget_turns_the_rule_to_shadow_with_a_change(ruled: Book, clock: FixedClock) -> None:
    clock.at_us += 2
    assert not ruled.count_false_block(RULE, 1, clock.at_us)
    assert not ruled.count_false_block(RULE, 1, clock.at_us), "the same call again counts once"
    assert ruled.count_false_block(RULE, 2, clock.at_us)
    rule = ruled.rule(RULE)
    assert rule is not None
    assert rule.state == "shadow"
    assert "2 false blocks in 7 days" in rule.note
    assert [(c.kind, c.note) for c in ruled.changes_after(1)] == [("rule", "REPORTED shadow")]
    assert not ruled.count_false_block(RULE, 3, clock.at_us), "it is in SHADOW already"


def test_old_false_blocks_leave_the_window(ruled: Book, clock: FixedClock) -> None:
    clock.at_us += 1
    ruled.count_false_block(RULE, 1, clock.at_us)
    clock.at_us += 8 * DAY_US
    assert not ruled.count_false_block(RULE, 2, clock.at_us)


def test_turned_live_again_it_starts_with_its_whole_budget(ruled: Book, clock: FixedClock) -> None:
    clock.at_us += 1
    for number in (1, 2):
        ruled.count_false_block(RULE, number, clock.at_us)
    live = ruled.set_rule(RULE, "live", "anna")
    assert ruled.false_block_count(live) == 0


def test_an_unknown_rule_is_refused(ruled: Book) -> None:
    for wrong in (lambda: ruled.set_rule("NONE", "live", ""), lambda: ruled.count_false_block("NONE", 1, 1)):
        with pytest.raises(InputError, match="no rule 'NONE'"):
            wrong()
