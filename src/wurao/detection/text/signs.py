"""What a text says of a message, in the noun that screening weighs."""

from collections.abc import Callable, Sequence
from typing import Final

from wurao.core.verdict import TextSign
from wurao.detection.text.at_work import Judge
from wurao.detection.text.model import Said

BY_RULES: Final = 0.8
"""How surely words tell a category: rules have no probability of their own."""


def reading(judge: Judge) -> Callable[[Sequence[str]], list[TextSign]]:
    """Return what reads texts through a judge."""

    def read(texts: Sequence[str]) -> list[TextSign]:
        return [_sign(said) for said in judge(texts)]

    return read


def _sign(said: Said) -> TextSign:
    return TextSign(said.category, said.probability or BY_RULES) if said.label else TextSign()
