"""One-time codes: which numbers they may go to."""

import pytest

from wurao.access.codes import reachable
from wurao.core import numbers


@pytest.mark.parametrize(("shown", "may"), [("13800138000", True), ("0571-88888888", True)])
def test_codes_go_to_chinese_mobiles_and_landlines(shown, may):
    assert reachable(numbers.read(shown)) is may


@pytest.mark.parametrize(
    "shown", ["110", "10086", "95588", "4008123123", "+85251234567", "+16502530000", "17401234567"]
)
def test_no_other_number_is_rung(shown):
    assert not reachable(numbers.read(shown))


@pytest.mark.parametrize(("shown", "also"), [("+85251234567", "+852"), ("4008123123", "400"), ("17401234567", "174")])
def test_others_are_rung_where_the_operator_pays(shown, also):
    assert reachable(numbers.read(shown), (also,))
    assert not reachable(numbers.read(shown), ("+7",))


@pytest.mark.parametrize("shown", ["110", "120", "12345"])
def test_short_codes_are_never_rung(shown):
    assert not reachable(numbers.read(shown), ("1",))
