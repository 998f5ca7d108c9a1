"""What a text is like, whatever it says: how long it is, how one could answer it, how many figures it names.

Who sells leaves an address, a number or an account, and a way to unsubscribe; talk and notices ask for nothing. Told as
a few characters of a private plane, one a trait, so that they are counted as all other characters are. Lengths and
counts are in classes (two an octave): what a trait says must hold for texts a little longer, too.
"""

from typing import Final

from wurao.detection.text.normalising import AMOUNT, DATE, NUMBER, PHONE, URL

SHAPE_BASE: Final = 0x100000
"""Code point of the first trait: plane 16 is private, so no message holds it once it is normalised."""
_ACCOUNTS: Final = ("微信", "wechat", "qq")
_PHONES: Final = (PHONE, "hotline")
_LEAVING: Final = ("退订", "回t")
_FIGURES: Final = (NUMBER, AMOUNT, DATE)
_MOST_FIGURES: Final = 4
_STEP: Final = 0x100
"""Between traits."""


def shape(normalised: str) -> str:
    """Return the traits of a normalised text, a character each."""
    length = ((len(normalised) + 1) ** 2).bit_length() - 1
    contact = 4 * (URL in normalised) + 2 * _any(_PHONES, normalised) + _any(_ACCOUNTS, normalised)
    leaving = _any(_LEAVING, normalised)
    figures = min(sum(map(normalised.count, _FIGURES)), _MOST_FIGURES)
    answerable = contact > 0 or leaving
    traits = (length, contact, leaving, figures, 2 * (length // 3) + answerable)
    return "".join([chr(SHAPE_BASE + place * _STEP + trait) for place, trait in enumerate(traits)])


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)
