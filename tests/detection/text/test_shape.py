"""The shape of a text: a trait each, told from its normal form alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.detection.text.normalising import normalise
from wurao.detection.text.shape import SHAPE_BASE, shape


def traits(text: str) -> list[int]:
    return [ord(one) - SHAPE_BASE for one in shape(normalise(text))]


@pytest.mark.parametrize(
    ("text", "other", "differ"),
    [
        ("今天夜里有阵雨", "今天夜里有大雨", []),
        ("今天夜里有阵雨", "今天夜里有阵雨，详情见网页www.example.com", [0, 1, 4]),
        ("请打来电", "请打13800138000来", [1, 4]),
        ("请打来电吧", "请加微信吧", [1, 4]),
        ("一年优惠价格", "退订优惠价格", [2, 4]),
        ("房子很大很好", "房子90平很好", [3]),
    ],
    ids=["words", "address", "phone", "account", "leaving", "figures"],
)
def test_a_trait_changes_with_what_it_tells_and_no_other(text: str, other: str, differ: list[int]) -> None:
    pairs = zip(traits(text), traits(other), strict=True)
    assert [place for place, (one, two) in enumerate(pairs) if one != two] == differ


@given(st.text(max_size=60))
def test_every_text_has_five_traits_that_no_text_can_hold(text: str) -> None:
    found = shape(normalise(text))
    assert len(found) == len(set(found)) == 5
    assert all(ord(one) >= SHAPE_BASE for one in found)
    assert normalise(found) == ""
