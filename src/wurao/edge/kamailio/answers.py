"""What SIP answers to a decision, by the dialect of the trunk.

603+ is ATIS-1000099: ``603 Network Blocked`` and a Reason that names the analytics' address for redress. It is only
for the network's own judgement; a subscriber's own list answers without a word about analytics.
"""

from typing import Final, NamedTuple

from wurao.core.payload import DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Dialect, Guard
from wurao.screening.compiled_policy import Redress

NOT_FOUND: Final = 404
MOVED: Final = 302
DECLINED: Final = 603
_PHRASES: Final = {302: "Moved Temporarily", 404: "Not Found", 480: "Temporarily Unavailable", 603: "Decline"}
_FORBIDDEN: Final = frozenset('";\\<> ')


class Answer(NamedTuple):
    """A final response: code 0 lets the call go on; ``headers`` end with CRLF each."""

    code: int
    phrase: str = ""
    headers: str = ""


GO_ON: Final = Answer(0)


def answer(word: DecisionWord, dialect: Dialect, redress: Redress, receipt: str) -> Answer:
    """Return what a trunk that speaks ``dialect`` is answered; ``receipt`` is the id in the address for redress."""
    action = Action.RING if DecisionFlag.SHADOW in word.flags else word.action
    if action in (Action.RING, Action.LABEL):
        return _passed(action) if dialect == "redirect" else GO_ON
    if word.code != DECLINED or word.guard != Guard.SYSTEM:
        return Answer(word.code, _PHRASES.get(word.code, "Rejected"))
    if dialect == "603+" and (text := _analytics(redress, receipt)):
        return Answer(DECLINED, "Network Blocked", f'Reason: SIP;cause=603;text="{text}";location=LN\r\n')
    if dialect == "q850":
        return Answer(DECLINED, "Decline", f'Reason: Q.850;cause=21;text="id={receipt}"\r\n')
    return Answer(DECLINED, "Decline")


def _passed(action: Action) -> Answer:
    code = MOVED if action == Action.LABEL else NOT_FOUND
    return Answer(code, _PHRASES[code])


def _analytics(redress: Redress, receipt: str) -> str:
    """Return the text of a 603+ Reason, empty where no address for redress is known: then 603+ may not be sent."""
    url = redress.url.replace("{evidence_id}", receipt)
    said = {
        "url": url if url.startswith("https://") and not _FORBIDDEN & set(url) else "",
        "tel": redress.tel,
        "email": redress.email,
    }
    told = [f"{name}={value}" for name, value in said.items() if value]
    return ";".join(["v=analytics1", *told, f"id={receipt}"]) if told else ""
