"""Sentences of a verdict in Chinese and English: what was done with the call, and why."""

import re
from typing import Final

import msgspec

from wurao.core.standing import Facts
from wurao.core.verdict import Action, Guard
from wurao.screening.policy import Rule

Pair = tuple[str, str]
"""Chinese and English."""
_FIELD: Final = re.compile(r"\{(\w+)\}")

ACTIONS: Final[dict[Action, Pair]] = {
    Action.RING: ("照常响铃", "The phone rings"),
    Action.LABEL: ("响铃并标记", "The phone rings with a label"),
    Action.ASK: ("先请来电方说明身份", "The caller is asked who it is"),
    Action.VOICEMAIL: ("转入语音信箱", "The call goes to voicemail"),
    Action.REJECT: ("已拒接", "The call was rejected"),
}
GUARDS: Final[dict[Guard, Pair]] = {
    Guard.NONE: ("没有发现可疑之处", "nothing speaks against the call"),
    Guard.NOT_ENROLLED: ("被叫未开启本服务", "the person called has not opted in"),
    Guard.EMERGENCY_CALLBACK: (
        "您刚拨打过紧急电话，所有来电都接通",
        "you called an emergency number: every call back rings",
    ),
    Guard.ALLOWED: ("在您的放行名单中", "it is on your allow list"),
    Guard.DENIED: ("在您的拒接名单中", "it is on your deny list"),
    Guard.PUBLIC_SERVICE: ("紧急或公共服务号码", "it is an emergency or public service"),
    Guard.DIALLED: ("您最近拨打过该号码", "you called it lately"),
    Guard.CONTACT: ("在您的通讯录中", "it is one of your contacts"),
    Guard.EXPECTED: ("您正在等待的快递、外卖或网约车", "a delivery or ride that you expect"),
    Guard.ANSWERED: ("您曾接听过该号码", "you talked with it before"),
    Guard.VERIFIED: ("已核验或已澄清的号码", "the caller is verified or was cleared"),
    Guard.SYSTEM: ("", ""),
    Guard.SEGMENT: ("按您对该号段的设置", "by your own rule for such numbers"),
    Guard.QUIET_HOURS: ("现在是您的免打扰时段", "these are your quiet hours"),
    Guard.REPEAT: ("三分钟内再次来电", "it calls again within three minutes"),
    Guard.FAULT: ("系统暂时无法判断", "the system could not judge"),
}


class Reasons(msgspec.Struct, frozen=True):
    """What a sentence is made of: ``causes`` are texts of symbols, the weightiest first; points with the threshold.

    ``held``: the points would have done for more, had they more than one kind of evidence behind them.
    """

    action: Action
    guard: Guard
    shadow: bool
    category: Pair
    causes: tuple[Pair, ...]
    score: float
    threshold: float
    held: bool = False


def rule_texts(rule: Rule | None, name: str, facts: Facts) -> Pair:
    """Return what a symbol says of these facts; its title where a fact is missing, its name where no rule knows it."""
    if rule is None:
        return name, name
    return _filled(rule.text_zh, facts) or rule.title_zh, _filled(rule.text_en, facts) or rule.title_en


def sentences(reasons: Reasons) -> Pair:
    """Return the reason as one sentence in each language."""
    if reasons.guard != Guard.SYSTEM:
        zh, en = GUARDS[reasons.guard]
    else:
        zh, en = _system(reasons)
    done = ACTIONS[reasons.action]
    if reasons.shadow:
        return f"试运行（{done[0]}），实际照常响铃：{zh}。", f"Trial only, the phone rang. {done[1]}: {en}."
    return f"{done[0]}：{zh}。", f"{done[1]}: {en}."


def _system(reasons: Reasons) -> Pair:
    known = reasons.category[0] != "未知"
    zh = "；".join(([f"疑似{reasons.category[0]}"] if known else []) + [zh for zh, _ in reasons.causes[:2]])
    en = "; ".join(([f"probably {reasons.category[1]}"] if known else []) + [en for _, en in reasons.causes[:2]])
    if not reasons.threshold:
        return zh or "风险分不足", en or "too few points"
    reached = reasons.action > Action.RING
    if reasons.held:
        zh, en = zh + "；仅有一类依据，只标记不拒接", en + "; evidence of one kind labels, it doesn't reject"
    zh += f"（{reasons.score:.1f} 分，{'达到' if reached else '未到'} {reasons.threshold:.1f} 分）"
    en += f" ({reasons.score:.1f} points, {'at least' if reached else 'below'} {reasons.threshold:.1f})"
    return zh, en


def _filled(template: str, facts: Facts) -> str:
    """Return a template with its facts, empty where one is missing."""
    if not template or any(name not in facts for name in _FIELD.findall(template)):
        return ""
    return _FIELD.sub(lambda field: str(facts[field[1]]), template)
