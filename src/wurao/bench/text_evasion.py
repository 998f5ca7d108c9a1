"""Texts as somebody writes them who wants to slip past: by rules of its own, most of them unknown to the normaliser.

Each text is rewritten by two rules drawn at random. Known to ``detection.text``: full width, invisible characters,
signs between characters. Not known to it: look-alike characters, characters taken apart that it has no entry for,
homophones and pinyin (which it hears, but has no table of), characters left out, doubled, swapped, letters strewn in,
a greeting in front.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np

from wurao.detection.text.tables import sounds, syllables

Rng = np.random.Generator
Rule = Callable[[str, Rng], str]
_SIGNS: Final = "·★✦-_*~|｜◆☆♥😀🔥。，、"
_INVISIBLE: Final = "\u200b\u200d\u2060\ufeff\u00ad\u0307\u034f"
_ALIKE: Final = dict(
    zip(
        "未日己土人大天干贷款微票加发元免费点开户金利住请情网万号通信活动优惠特价新上公司手机服",
        "末曰已士入太夭千货歉徽栗咖友无兔贵占幵尸全刊往清惰冈方另桶倌话劲犹思持阶亲止厶同毛杌报",
        strict=True,
    )
)
_APART: Final = dict(
    zip(
        "好的明息时您林品取如汉他她你们位价优件任快情性和秒地",
        (
            *("女子", "白勺", "日月", "自心", "日寸", "你心", "木木", "口口口", "耳又", "女口", "氵又", "亻也", "女也"),
            *("亻尔", "亻门", "亻立", "亻介", "亻尤", "亻牛", "亻壬", "忄夬", "忄青", "忄生", "禾口", "禾少", "土也"),
        ),
        strict=True,
    )
)
_GREETINGS: Final = ("您好 ", "【通知】", "亲 ", "尊敬的用户：", "hi~ ")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def evade(text: str, rng: Rng) -> str:
    """Return the text after two rules."""
    for place in rng.choice(len(RULES), 2, replace=False):
        text = tuple(RULES.values())[place](text, rng)
    return text


def _each(text: str, rng: Rng, share: float, change: Callable[[str], str]) -> str:
    chances = rng.random(len(text))
    return "".join(
        change(one) if chance < share and "一" <= one <= "鿿" else one
        for one, chance in zip(text, chances, strict=True)
    )


def _homophones(text: str, rng: Rng) -> str:
    table = sounds()
    return _each(text, rng, 0.15, lambda one: _pick(_by_sound()[table[ord(one)]], rng) if ord(one) in table else one)


def _pinyin(text: str, rng: Rng) -> str:
    table, names = sounds(), {code: name for name, code in syllables().items()}
    return _each(text, rng, 0.15, lambda one: names[table[ord(one)]] if ord(one) in table else one)


@cache
def _by_sound() -> dict[int, str]:
    by: dict[int, str] = {}
    for character, code in sounds().items():
        by[code] = by.get(code, "") + chr(character)
    return by


def _pick(choices: str | tuple[str, ...], rng: Rng) -> str:
    return choices[int(rng.integers(len(choices)))]


def _full_width(text: str, rng: Rng) -> str:  # noqa: ARG001 - every rule's signature
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def _swapped(text: str, rng: Rng) -> str:
    letters = list(text)
    for place in np.flatnonzero(rng.random(max(len(letters) - 1, 0)) < 0.08):
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters)


RULES: Final[dict[str, Rule]] = {
    "full_width": _full_width,
    "signs": lambda text, rng: _each(text, rng, 0.4, lambda one: one + _pick(_SIGNS, rng)),
    "invisible": lambda text, rng: _each(text, rng, 0.4, lambda one: one + _pick(_INVISIBLE, rng)),
    "letters": lambda text, rng: _each(text, rng, 0.15, lambda one: one + _pick(_LETTERS, rng)),
    "look_alikes": lambda text, rng: _each(text, rng, 1.0, lambda one: _ALIKE.get(one, one)),
    "taken_apart": lambda text, rng: _each(text, rng, 1.0, lambda one: _APART.get(one, one)),
    "homophones": _homophones,
    "pinyin": _pinyin,
    "left_out": lambda text, rng: _each(text, rng, 0.1, lambda one: ""),  # noqa: ARG005 - called with what it drops
    "doubled": lambda text, rng: _each(text, rng, 0.1, lambda one: one * 2),
    "swapped": _swapped,
    "greeting": lambda text, rng: _pick(_GREETINGS, rng) + text,
}
