import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core import categories, wishes
from wurao.core.errors import InputError

profiles = st.builds(
    wishes.Profile,
    st.tuples(*[st.integers(0, 3)] * len(wishes.KEYS)),
    st.tuples(*[st.integers(0, 2)] * len(wishes.SEGMENTS)),
    st.integers(0, 47),
    st.integers(0, 47),
    st.booleans(),
)


@given(profiles)
def test_a_packed_profile_unpacks_to_itself(profile: wishes.Profile) -> None:
    word = wishes.pack(profile)
    assert 0 <= word < 2**64
    assert wishes.unpack(word) == profile


def test_a_profile_with_a_level_too_few_is_refused() -> None:
    with pytest.raises(InputError):
        wishes.pack(wishes.Profile(levels=(1,)))


def test_the_default_wish_rejects_fraud_and_chosen_trades_only() -> None:
    profile = wishes.default_profile(frozenset({"securities"}))
    assert profile.level("securities") == wishes.REJECT_CERTAIN
    assert profile.level("fraud") == wishes.REJECT_CERTAIN
    assert profile.level("insurance") == wishes.LABEL
    assert profile.level("unknown_bulk") == wishes.RING


def test_no_wish_rules_a_legitimate_call() -> None:
    for category in categories.CATEGORIES:
        assert (wishes.key_of(category.code) == -1) == (category.of_class == "legitimate"), category.name
    assert wishes.key_of(31) == -1


def test_sub_codes_fold_into_their_parent_and_unknown_names_into_unknown() -> None:
    assert categories.find("fraud.police").name == "fraud"
    assert categories.find("no such trade") is categories.UNKNOWN
    assert categories.find(None) is categories.UNKNOWN
    assert len(categories.CATEGORIES) <= 32
