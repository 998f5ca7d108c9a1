"""Rules tell common kinds in both languages and keep still elsewhere."""

import pytest

from wurao.core.categories import BY_NAME
from wurao.detection.text import rules
from wurao.detection.text.rules import _lexicon
from wurao.detection.text.signs import BY_RULES, reading


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("无抵押贷款，月息低，秒到账", "loan_finance"),
        ("無抵押貸款 月息低", "loan_finance"),
        ("【菜鸟驿站】取件码 2-3-4021", "courier"),
        ("您的验证码 123456，请勿泄露", "reminder"),
        ("代开发票，增值税发票", "forged_papers"),
        ("You have won a prize, claim it now", "fraud"),
        ("明天一起吃饭吗", "unknown"),
        ("贷款", "unknown"),
        ("", "unknown"),
    ],
)
def test_words_tell_a_category(text: str, category: str) -> None:
    (said,) = rules.say([text])
    assert said.category == category
    assert bool(said.words) is (category != "unknown")


def test_the_lexicon_knows_the_taxonomy_only() -> None:
    assert {category for meant in _lexicon()[1].values() for category, _ in meant} <= set(BY_NAME)


def test_a_sign_is_as_sure_as_what_judged() -> None:
    told, still = reading(rules.say)(["无抵押贷款", "你好"])
    assert (told.category, told.strength) == ("loan_finance", BY_RULES)
    assert (still.category, still.strength) == ("unknown", 0.0)
