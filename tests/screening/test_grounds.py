"""What a holder is told, whatever is known: words from closed lists, days, one of six buckets."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.categories import BY_NAME
from wurao.core.clock import DAY_US, day_of
from wurao.core.standing import Standing
from wurao.screening.grounds import BUCKETS, FAMILIES, OTHER, Grounds, Stopped, bucket, grounds
from wurao.screening.policy import Rule

NOW_US = 20_000 * DAY_US
NUMBER = 8_613_712_345_678
RULES = {
    "REPORTED": Rule("standing", "reports", 17.25, "多人举报", "reported by several people"),
    "HONEYPOT_HIT": Rule("standing", "honeypots", 19.5, "打进蜜罐", "called a honeypot line"),
    "ROBOT_CALLER": Rule("standing", "behaviour", 13.75, "像机器人", "calls like a robot"),
    "QUIET_RULE": Rule("standing", "campaign", 9.0, "试行", "on trial", state="shadow"),
    "VERIFIED_CALLER": Rule("standing", "goodwill", -20.0, "已核验", "verified"),
}
FACTS = st.dictionaries(
    st.sampled_from(["reporters", "first_us", "last_us", "reporter", "text", "honeypot", "votes", "ranking"]),
    st.integers(7_001, 9_999),
)
ROWS = st.builds(
    Standing,
    subject=st.just(NUMBER),
    symbol=st.sampled_from([*RULES, "UNHEARD_OF"]),
    strength=st.floats(0.101, 0.999),
    source=st.just("reporting"),
    observed_us=st.integers(NOW_US - DAY_US, NOW_US),
    category=st.sampled_from(list(BY_NAME)),
    campaign=st.just("c-7f3a"),
    facts=FACTS,
)
STOPPED = st.builds(
    Stopped,
    at_us=st.integers(NOW_US - 90 * DAY_US, NOW_US),
    category=st.sampled_from(list(BY_NAME)),
    symbols=st.lists(st.sampled_from([*RULES, "UNHEARD_OF"]), max_size=3).map(tuple),
)


@given(st.lists(ROWS, max_size=6), st.lists(STOPPED, max_size=6))
def test_nothing_but_closed_words_days_and_buckets_is_told(rows, stopped):
    told = grounds(RULES, rows, stopped)
    assert set(told.categories) <= BY_NAME.keys() - {"unknown"}
    assert set(told.families) <= {*FAMILIES, OTHER}
    assert told.reporters in {0, *BUCKETS}
    days = sorted(day_of(call.at_us) for call in stopped)
    assert (told.first_day, told.last_day) == ((days[0], days[-1]) if days else ("", ""))
    text = msgspec.json.encode(told).decode()
    assert not re.search(r"REPORTED|HONEY|honey|ROBOT|17\.25|19\.5|c-7f3a|7\d{3}\b|0\.\d", text.replace("2024-", ""))


def test_a_honeypot_is_no_more_than_other_grounds():
    row = Standing(NUMBER, "HONEYPOT_HIT", 1.0, "detection", NOW_US, facts={"honeypot": "13900000000"})
    assert grounds(RULES, [row], []) == Grounds(families=("other",))


def test_rules_on_trial_and_goodwill_are_not_told():
    rows = [Standing(NUMBER, name, 1.0, "x", NOW_US, category="courier") for name in ("QUIET_RULE", "VERIFIED_CALLER")]
    assert grounds(RULES, rows, []) == Grounds()


@pytest.mark.parametrize(("count", "told"), [(0, 0), (1, 0), (2, 2), (4, 2), (5, 5), (49, 20), (99, 50), (10**6, 100)])
def test_counts_fall_into_buckets(count, told):
    assert bucket(count) == told
