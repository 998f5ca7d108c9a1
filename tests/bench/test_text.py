"""Evasions of the benchmark: the same seed writes the same, and what they write is still read."""

import numpy as np
import pytest

from wurao.bench.text_evasion import RULES, evade
from wurao.detection.text.normalising import normalise
from wurao.detection.text.sounding import sound

TEXT = "您好，无抵押贷款最快当天放款，加微信详询"


def test_the_same_seed_evades_the_same_way() -> None:
    once, again = (evade(TEXT, np.random.default_rng(7)) for _ in range(2))
    assert once == again != TEXT


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_takes_any_text(rule: str) -> None:
    rng = np.random.default_rng(1)
    assert RULES[rule]("", rng) in ("", *("您好 ", "【通知】", "亲 ", "尊敬的用户：", "hi~ "))
    RULES[rule]("a1\u200b😀\ud800", rng)


@pytest.mark.parametrize("rule", ["full_width", "signs", "invisible"])
def test_what_the_normaliser_knows_is_undone(rule: str) -> None:
    assert normalise(RULES[rule](TEXT, np.random.default_rng(1))) == normalise(TEXT)


def test_homophones_sound_the_same() -> None:
    assert sound(normalise(RULES["homophones"](TEXT, np.random.default_rng(1)))) == sound(normalise(TEXT))
