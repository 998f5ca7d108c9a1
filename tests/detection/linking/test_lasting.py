"""Ids stay with most of a campaign's numbers; merges and splits are told."""

from hypothesis import given
from hypothesis import strategies as st

from wurao.detection.linking.lasting import ids, new_id


def test_a_campaign_keeps_its_id_while_its_numbers_change() -> None:
    [one] = ids([["b", "c", "d"]], {"a": "c-1", "b": "c-1", "c": "c-1"}, 7)
    assert (one.id, one.passages, one.took_over) == ("c-1", (), ())


def test_a_new_group_is_founded_with_an_id_of_its_own() -> None:
    [one] = ids([["x", "y"]], {"a": "c-1"}, 7)
    assert one.id == new_id(["y", "x"])
    assert [(passage.what, passage.numbers, passage.at_us) for passage in one.passages] == [("founded", 2, 7)]


def test_two_campaigns_in_one_group_are_a_merge_under_the_larger_ones_id() -> None:
    [one] = ids([["a", "b", "c"]], {"a": "c-1", "b": "c-2", "c": "c-2"}, 7)
    assert one.id == "c-2"
    assert [(passage.what, passage.others) for passage in one.passages] == [("merged", ("c-1",))]
    assert one.took_over == ("c-1",)


def test_one_campaign_in_two_groups_is_a_split_and_the_larger_part_keeps_the_id() -> None:
    large, small = ids([["a", "b", "c"], ["d", "e"]], dict.fromkeys("abcde", "c-1"), 7)
    assert large.id == "c-1"
    assert not large.passages
    assert [(passage.what, passage.others) for passage in small.passages] == [("split", ("c-1",))]


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["c-1", "c-2", "c-3"])),
    st.lists(st.integers(0, 3), min_size=8, max_size=8),
)
def test_no_two_groups_have_one_id(before, of) -> None:
    groups = [
        group for at in range(4) if (group := [key for key, one in zip("abcdefgh", of, strict=True) if one == at])
    ]
    found = ids(groups, before, 7)
    assert len({one.id for one in found}) == len(groups)
    assert found == ids(groups, before, 7)
