"""Evasions are undone; whatever comes, the normal form is bounded, stable and never an error."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.detection.text.normalising import AMOUNT, DATE, MAX_CHARS, NUMBER, PHONE, URL, normalise
from wurao.detection.text.sounding import sound
from wurao.detection.text.tables import joined, syllables, variants


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("貸款 領取", "贷款领取"),
        ("ＡＢＣ１", f"abc{NUMBER}"),
        ("力口 亻言 氵去", "加信法"),
        ("加V信", "加微信"),
        ("w.e.i.x.i.n", "微信"),
        ("贷\u200b款\ufeff利\u0301息", "贷款利息"),
        ("贷★款❤利😀息", "贷款利息"),
        ("贷a款b利c息", "贷款利息"),
        ("①③⑧00138000", PHONE),
        ("一三八零零一三八零零零", PHONE),
        ("138 0013 8000", PHONE),
        ("1➋3", NUMBER),
        ("🅰🅱🇨", "abc"),
        ("раураl", "paypal"),
        ("点 https://a.example/x?y=1 领", f"点{URL}领"),
        ("ｗｗｗ.ａｂｃ.ｃｏｍ", URL),
        ("50万元", AMOUNT),
        ("£1,000 now", f"{AMOUNT}now"),
        ("2023-05-01 18:30", DATE + DATE),
        ("买A股", "买a股"),
        ("Hello, World", "hello world"),
        ("URLdfge CELLPHONE DIGIT", URL + PHONE + NUMBER),
        ("", ""),
        ("\ud800", ""),
    ],
)
def test_what_is_written_to_slip_past_is_undone(written: str, meant: str) -> None:
    assert normalise(written) == meant


@pytest.mark.parametrize(("one", "other"), [("加微信", "家薇鑫"), ("贷款", "daikuan"), ("银联", "引连")])
def test_what_sounds_alike_meets(one: str, other: str) -> None:
    assert sound(normalise(one)) == sound(normalise(other))


def test_words_of_other_languages_keep_their_letters() -> None:
    assert sound("prize") == "prize"


PIECES = st.one_of(
    st.characters(),
    st.sampled_from([*joined(), *"0123456789 .-/:元万年月日abcvxqw一二三零①🅰❤\u200b\u0301", "DIGIT", "URLab", "www."]),
)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_the_normal_form_is_bounded_and_stays(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert len(sound(once)) <= len(once) <= MAX_CHARS


@pytest.mark.parametrize(
    "piece", ["1 ", "a.", "一", "www.", "\ufdfa", "http://", "亻", "1:1:", "a b ", "¥1,", "😀\u200d", "-", "l"]
)
def test_no_text_is_slow(piece: str) -> None:
    """A quadratic pattern would take minutes, not a tenth of a second; the bound is loose."""
    start = time.process_time()
    assert len(normalise(piece * 100_000)) <= MAX_CHARS
    assert time.process_time() - start < 5


def test_the_tables_hold_together() -> None:
    assert len(variants()) > 2_500
    assert len(syllables()) == 400
    assert not {word for word in joined().values() if word in joined()}, "a word would be replaced twice"
