"""What SIP answers to a decision, by the dialect of the trunk.

603+ is ATIS-1000099: ``603 Network Blocked`` and a Reason that names the analytics' address for redress. It is only
for the network's own judgement; a subscriber's own list answers without a word about analytics. 608 (RFC 8688) points
to a signed card instead, for callers whose network says that it understands it; the others are told 603+.
"""

from typing import Final, NamedTuple

from wurao.core.payload import DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Dialect, Guard
from wurao.screening.compiled_policy import CompiledPolicy, Redress

NOT_FOUND: Final = 404
MOVED: Final = 302
DECLINED: Final = 603
REJECTED: Final = 608
_PHRASES: Final = {302: "Moved Temporarily", 404: "Not Found", 480: "Temporarily Unavailable", 603: "Decline"}
_FORBIDDEN: Final = frozenset('";\\<> ')
_RECEIPT: Final = "{evidence_id}"
_TELLING: Final = 0b111 | 31 << 3 | DecisionFlag.SHADOW << 17 | 1023 << 25
"""The bits of a decision's word that an answer depends on: action, guard, shadow, code."""


class Answer(NamedTuple):
    """A final response: code 0 lets the call go on; ``headers`` end with CRLF each."""

    code: int
    phrase: str = ""
    headers: str = ""

    def headers_of(self, receipt: str) -> str:
        """Return the headers with the id of this call's receipt."""
        return self.headers.replace(_RECEIPT, receipt)


GO_ON: Final = Answer(0)


class Answers:
    """Every answer under one policy, made when it is first needed."""

    def __init__(self, policy: CompiledPolicy) -> None:
        self.policy = policy
        self._made: dict[tuple[int, int], Answer] = {}

    def to(self, word: int, settings: int) -> Answer:
        """Return the answer to a decision's word over a trunk with these settings (an index)."""
        telling = word & _TELLING, settings
        made = self._made.get(telling)
        if made is None:
            dialect = self.policy.settings[settings].answer
            made = self._made[telling] = answer(DecisionWord.unpack(word), dialect, self.policy.redress)
        return made

    def without_card(self, word: int) -> Answer:
        """Return what a caller is told whose network doesn't understand 608."""
        return answer(DecisionWord.unpack(word), "603+", self.policy.redress)


def answer(word: DecisionWord, dialect: Dialect, redress: Redress) -> Answer:
    """Return what a trunk that speaks ``dialect`` is answered; its headers name the receipt as ``{evidence_id}``."""
    action = Action.RING if DecisionFlag.SHADOW in word.flags else word.action
    if action in (Action.RING, Action.LABEL):
        return _passed(action) if dialect == "redirect" else GO_ON
    if word.code != DECLINED or word.guard != Guard.SYSTEM:
        return Answer(word.code, _PHRASES.get(word.code, "Rejected"))
    if dialect == "608" and redress.card:
        return Answer(REJECTED, "Rejected", f"Call-Info: <{redress.card}>;purpose=jwscard\r\n")
    if dialect in ("603+", "608") and (text := _analytics(redress)):
        return Answer(DECLINED, "Network Blocked", f'Reason: SIP;cause=603;text="{text}";location=LN\r\n')
    if dialect == "q850":
        return Answer(DECLINED, "Decline", f'Reason: Q.850;cause=21;text="id={_RECEIPT}"\r\n')
    return Answer(DECLINED, "Decline")


def _passed(action: Action) -> Answer:
    code = MOVED if action == Action.LABEL else NOT_FOUND
    return Answer(code, _PHRASES[code])


def _analytics(redress: Redress) -> str:
    """Return the text of a 603+ Reason, empty where no address for redress is known: then 603+ may not be sent."""
    said = {
        "url": redress.url if redress.url.startswith("https://") and not _FORBIDDEN & set(redress.url) else "",
        "tel": redress.tel,
        "email": redress.email,
    }
    told = [f"{name}={value}" for name, value in said.items() if value]
    return ";".join(["v=analytics1", *told, f"id={_RECEIPT}"]) if told else ""
