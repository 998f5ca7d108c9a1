"""Labels that reach the phone: a short text on its screen, in the header by which the trunk carries it.

The texts are ours and the number is written anew from the one that was judged, so nothing that the caller wrote gets
into the header.
"""

from typing import Final

from wurao.core.categories import of_code
from wurao.core.payload import OPAQUE_BASE, SERVICE_BASE, DecisionWord
from wurao.core.verdict import Guard, LabelHeader
from wurao.edge.sip.redress import link
from wurao.screening.compiled_policy import Redress

CALLER: Final = "{caller}"
_ANONYMOUS: Final = "sip:anonymous@anonymous.invalid"
_STRANGER: Final = {"zh": "陌生来电", "en": "unknown caller"}
_NUISANCE: Final = {"zh": "疑似骚扰", "en": "nuisance?"}


def text(word: DecisionWord, language: str) -> str:
    """Return what the screen says: a suspicion only where there is one, not for the subscriber's own rules."""
    category = of_code(word.category)
    if word.guard != Guard.SYSTEM or category.of_class == "legitimate":
        return _STRANGER[language]
    if category.of_class == "unknown":
        return _NUISANCE[language]
    return f"疑似{category.zh}" if language == "zh" else f"{category.en}?"


def header(word: DecisionWord, carried: LabelHeader, language: str, redress: Redress) -> str:
    """Return the header line that carries a label, empty where the trunk has none; CALLER stands in it."""
    if carried == "pai":
        return f'P-Asserted-Identity: "{text(word, language)}" <{CALLER}>\r\n'
    if carried == "call-info":
        url = link(redress)
        about = f"<{url}>;purpose=info" if url else "<data:>;purpose=jcard"
        return f'Call-Info: {about};call-reason="{text(word, language)}"\r\n'
    return ""


def address(number: int) -> str:
    """Return the URI of a caller for a header of ours; one that can't be written is anonymous (RFC 3323)."""
    if not 0 < number < OPAQUE_BASE:
        return _ANONYMOUS
    return f"tel:{number - SERVICE_BASE};phone-context=+86" if number >= SERVICE_BASE else f"tel:+{number}"
