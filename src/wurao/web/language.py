"""The two languages: Chinese texts stand in code and templates, English is read from the .po file at start."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Final

from babel.messages.pofile import read_po

from wurao.edge.http.language import Language

Translate = Callable[[str], str]
_ENGLISH: Final = "locale/en/LC_MESSAGES/wurao.po"


@cache
def english() -> dict[str, str]:
    """Return every Chinese text with its English one."""
    with files("wurao.web").joinpath(_ENGLISH).open("rb") as file:
        catalog = read_po(file, locale="en")
    return {str(message.id): str(message.string) for message in catalog if message.id and message.string}


def translator(language: Language) -> Translate:
    """Return what turns a Chinese text into the reader's language; an unknown one stays as it is."""
    if language == "zh":
        return str
    texts = english()
    return lambda text: texts.get(text, text)


def marked(text: str) -> str:
    """Mark a text for translation where it is written; it is translated where it is shown."""
    return text
