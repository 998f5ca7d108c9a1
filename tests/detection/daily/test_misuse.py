"""Verified callers that behave like robots raise an alarm while their proof holds; those that ran out are told."""

from wurao.detection.daily.misuse import audit
from wurao.detection.daily.scored import Score
from wurao.store.book.registry import VerifiedCaller

NOW = 1_787_000_000_000_000


def flagged(number: int) -> Score:
    return Score(f"{number:032x}", number, 40, 0.97, "label", "marketing", 11, None, 20, {}, None)


def test_who_is_verified_and_flagged_raises_an_alarm() -> None:
    entries = [
        VerifiedCaller(861012345678, "银行", "通知", until_us=NOW + 1),
        VerifiedCaller(8640012, "客服", "回访", span=3),
        VerifiedCaller(861012345679, "诊所", "提醒"),
    ]
    found = audit([flagged(861012345678), flagged(8640012345), flagged(8613712345678)], entries, NOW)
    assert [(one.entry.organisation, one.alarm) for one in found] == [("银行", True), ("客服", True)]


def test_a_proof_that_ran_out_shields_nobody_and_is_told_as_such() -> None:
    over = VerifiedCaller(861012345678, "银行", "通知", until_us=NOW)
    silent = VerifiedCaller(861012345679, "学校", "通知", until_us=NOW - 1)
    block = VerifiedCaller(86101234567, "集团", "通知", span=1)
    found = audit([flagged(861012345678)], [over, silent], NOW)
    assert [(one.entry.organisation, one.expired, one.alarm) for one in found] == [
        ("银行", True, False),
        ("学校", True, False),
    ]
    assert audit([flagged(861012345678)], [over, block], NOW)[0].entry == block, "the block's proof holds"
