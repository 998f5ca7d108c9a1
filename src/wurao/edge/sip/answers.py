"""What SIP answers to a decision, by the dialect of the trunk.

603+ is ATIS-1000099: ``603 Network Blocked`` and a Reason that names the analytics' address for redress. It is only
for the network's own judgement; a subscriber's own list answers without a word about analytics. 608 (RFC 8688) points
to a signed card instead, for callers whose network says that it understands it; the others are told 603+. A call that
is announced goes on, to the operator's announcement instead of the phone.
"""

from typing import Final, NamedTuple

from wurao.core.categories import of_code
from wurao.core.payload import DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Dialect, Guard
from wurao.edge.sip import labels
from wurao.edge.sip.redress import RECEIPT, analytics, cause_21
from wurao.screening.compiled_policy import CompiledPolicy, Redress, Settings

NOT_FOUND: Final = 404
MOVED: Final = 302
DECLINED: Final = 603
REJECTED: Final = 608
_PHRASES: Final = {302: "Moved Temporarily", 404: "Not Found", 480: "Temporarily Unavailable", 603: "Decline"}
TELLING: Final = 0b111 | 31 << 3 | 31 << 8 | DecisionFlag.SHADOW << 17 | 1023 << 25
"""The bits of a decision's word that an answer depends on: action, guard, category, shadow, code."""


class Answer(NamedTuple):
    """A final response; ``headers`` end with CRLF each.

    Code 0 lets the call go on with ``headers`` added, to the URI ``to`` instead of the phone where there is one.
    """

    code: int
    phrase: str = ""
    headers: str = ""
    to: str = ""

    def headers_of(self, receipt: str, caller: int = 0) -> str:
        """Return the headers with the id of this call's receipt and the number of who calls."""
        return self.headers.replace(RECEIPT, receipt).replace(labels.CALLER, labels.address(caller))

    def to_of(self, receipt: str) -> str:
        """Return where the call goes, with the id of its receipt."""
        return self.to.replace(RECEIPT, receipt)


GO_ON: Final = Answer(0)


class Answers:
    """Every answer under one policy, made when it is first needed."""

    def __init__(self, policy: CompiledPolicy) -> None:
        self.policy = policy
        self._made: dict[tuple[int, int], Answer] = {}

    def to(self, word: int, settings: int) -> Answer:
        """Return the answer to a decision's word over a trunk with these settings (an index)."""
        telling = word & TELLING, settings
        made = self._made.get(telling)
        if made is None:
            trunk = self.policy.settings[settings]
            made = self._made[telling] = answer_over(trunk, DecisionWord.unpack(word), self.policy.redress)
        return made

    def without_card(self, word: int) -> Answer:
        """Return what a caller is told whose network doesn't understand 608."""
        return answer(DecisionWord.unpack(word), "603+", self.policy.redress)


def answer_over(trunk: Settings, word: DecisionWord, redress: Redress) -> Answer:
    """Return what a trunk is answered, or what a call that goes on over it carries along."""
    if word.action == Action.LABEL and DecisionFlag.SHADOW not in word.flags:
        label = labels.header(word, trunk.label, trunk.label_language, redress)
        return answer(word, trunk.answer, redress)._replace(headers=label)
    if word.action == Action.REJECT and trunk.answer == "announce" and _by_network(word):
        to = trunk.announcement.replace("{category}", of_code(word.category).name)
        return Answer(0, headers=cause_21(redress), to=to.replace("{short_code}", redress.short_code))
    return answer(word, trunk.answer, redress)


def answer(word: DecisionWord, dialect: Dialect, redress: Redress) -> Answer:
    """Return what a trunk that speaks ``dialect`` is answered; its headers name the receipt as ``{evidence_id}``."""
    action = Action.RING if DecisionFlag.SHADOW in word.flags else word.action
    if action in (Action.RING, Action.LABEL):
        return _passed(action) if dialect == "redirect" else GO_ON
    if not _by_network(word):
        return Answer(word.code, _PHRASES.get(word.code, "Rejected"))
    if dialect == "608" and redress.card:
        return Answer(REJECTED, "Rejected", f"Call-Info: <{redress.card}>;purpose=jwscard\r\n")
    if dialect in ("603+", "608") and (text := analytics(redress)):
        return Answer(DECLINED, "Network Blocked", f'Reason: SIP;cause=603;text="{text}";location=LN\r\n')
    if dialect in ("q850", "announce"):
        return Answer(DECLINED, "Decline", cause_21(redress))
    return Answer(DECLINED, "Decline")


def _passed(action: Action) -> Answer:
    code = MOVED if action == Action.LABEL else NOT_FOUND
    return Answer(code, _PHRASES[code])


def _by_network(word: DecisionWord) -> bool:
    """Tell whether a call that doesn't ring is rejected by the network's own judgement."""
    return word.code == DECLINED and word.guard == Guard.SYSTEM
