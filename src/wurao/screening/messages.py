"""The verdict on a short message: whether it may be judged at all, then its sender's verdict with what the text adds.

The law comes first (宪法 40; PIPL 13; 通信短信息服务管理规定): off unless the operator turns it on; only messages of
application ports, or a text that its recipient reported; a message from person to person is never read. A text labels;
it rejects only where something is known of its sender too. Guards that let a call ring let a message through.
"""

from typing import Final

import msgspec
import numpy as np

from wurao.core.categories import find
from wurao.core.errors import PolicyError
from wurao.core.numbers import NumberKind, kind
from wurao.core.verdict import Action, Guard, SymbolHit, TextSign, Verdict
from wurao.core.wishes import KEYS, Profile, key_of
from wurao.screening.policy import Policy, Thresholds
from wurao.screening.policy_check import effective_thresholds
from wurao.screening.score import Scorer
from wurao.screening.sentences import rule_texts

SYMBOLS: Final = {"illegal": "TEXT_ILLEGAL", "commercial": "TEXT_COMMERCIAL"}
"""The symbol of each class of category; a text of any other class says nothing against a message."""
PORTS: Final = frozenset({NumberKind.N106, NumberKind.N95, NumberKind.N96, NumberKind.SHORT, NumberKind.NAME})
"""Senders that only applications have."""
_DONE: Final = {
    Action.RING: ("照常送达", "The message is delivered"),
    Action.LABEL: ("送达并标记", "The message is delivered with a label"),
    Action.REJECT: ("已拦截", "The message was stopped"),
}
_OF_ITS_OWN: Final = frozenset({"reports", "behaviour", "operator"})
"""Groups of what is known of a sender itself; its neighbours, its campaign and its form never make a reject."""
_OPEN: Final = frozenset({Guard.NONE.text, Guard.SYSTEM.text})


def permit(policy: Policy, sender: int, port: str, *, reported: bool) -> None:
    """Return if a message may be judged; raises PolicyError where settings or law forbid to read it."""
    if not policy.messages.filter:
        raise PolicyError("messages are not judged here", where="messages.filter", mend="an operator may turn it on")
    if reported:
        return
    if port == "p2p" or kind(sender) not in PORTS:
        raise PolicyError(
            "messages from person to person are never read",
            where="sender",
            mend="send messages of application ports, or texts that the recipient reported",
        )


def judged(of_sender: Verdict, sign: TextSign, policy: Policy, wish: Profile | None) -> Verdict:
    """Return the verdict on a message whose text says ``sign``, from its sender's verdict as for a call."""
    hit, points = _hit(sign, policy)
    symbols = (*of_sender.symbols, hit) if hit else of_sender.symbols
    if wish is None or of_sender.guard not in _OPEN:
        return _told(msgspec.structs.replace(of_sender, symbols=symbols))
    known = any(hit.score > 0 and not hit.shadow and hit.group in _OF_ITS_OWN for hit in of_sender.symbols)
    category = of_sender.category if of_sender.category != "unknown" or hit is None else sign.category.partition(".")[0]
    total = round(of_sender.score + points, 1)
    thresholds = _thresholds(policy, category, wish)
    action = max(Action[of_sender.action.upper()], _action(total, thresholds, may_reject=known))
    verdict = msgspec.structs.replace(
        of_sender,
        action=(Action.REJECT if action > Action.LABEL else action).text,
        score=total,
        threshold=_reached(action, thresholds),
        category=category,
        of_class=find(category).of_class,
        wish=KEYS[key] if (key := key_of(find(category).code)) >= 0 else "",
        symbols=symbols,
        guard=Guard.SYSTEM.text if action > Action.RING else of_sender.guard,
    )
    return _told(verdict)


def _hit(sign: TextSign, policy: Policy) -> tuple[SymbolHit | None, float]:
    """Return the symbol of a text, and its points where its rule is LIVE."""
    category = find(sign.category)
    name = SYMBOLS.get(category.of_class)
    if name is None or name not in policy.symbols:
        return None, 0.0
    scorer = Scorer(policy, "message")
    strengths = np.array([[sign.strength if symbol == name else 0.0 for symbol in scorer.symbols]], np.float32)
    scored = scorer.score(strengths)
    rule = policy.symbols[name]
    zh, en = rule_texts(rule, name, {"zh": category.zh, "en": category.en})
    points = float(scored.points[0][scorer.names.index(name)])
    shadow = rule.state == "shadow"
    return SymbolHit(name, round(points, 2), zh, en, rule.group, shadow), 0.0 if shadow else points


def _thresholds(policy: Policy, category: str, wish: Profile) -> Thresholds:
    key = key_of(find(category).code)
    level = wish.levels[key] if key >= 0 else 0
    return effective_thresholds(policy, "default")[str(level)] if level else Thresholds()


def _action(total: float, thresholds: Thresholds, *, may_reject: bool) -> Action:
    if may_reject and thresholds.reject is not None and total >= thresholds.reject:
        return Action.REJECT
    return Action.LABEL if thresholds.label is not None and total >= thresholds.label else Action.RING


def _reached(action: Action, thresholds: Thresholds) -> float:
    wanted = thresholds.reject if action > Action.LABEL else thresholds.label
    return wanted or 0.0


def _told(verdict: Verdict) -> Verdict:
    """Return a verdict in the words of messages; nothing answers a message, so there is no SIP code."""
    action = Action[verdict.action.upper()]
    zh, en = _DONE[Action.REJECT if action > Action.LABEL else action]
    against = [hit for hit in sorted(verdict.symbols, key=lambda hit: -hit.score) if hit.score > 0 and not hit.shadow]
    causes_zh = "；".join(hit.text_zh for hit in against[:2]) or "没有发现可疑之处"
    causes_en = "; ".join(hit.text_en for hit in against[:2]) or "nothing speaks against it"
    return msgspec.structs.replace(
        verdict,
        sip_code=0,
        appeal_url="" if action == Action.RING else verdict.appeal_url,
        reason_zh=f"{zh}：{causes_zh}。",
        reason_en=f"{en}: {causes_en}.",
    )
