"""What features, classes and reasons of detection are called on a page, and how a value is written."""

from typing import Final, Literal

from wurao.detection.daily.usual import Range
from wurao.web.language import Translate
from wurao.web.language import marked as _

Unit = Literal["share", "seconds", "count", "clock", "plain"]

FEATURES: Final[dict[str, tuple[str, Unit]]] = {
    "n": (_("来电"), "count"),
    "uniq": (_("不同被叫占比"), "share"),
    "new": (_("从未联系过的被叫占比"), "share"),
    "answered": (_("接通率"), "share"),
    "short": (_("8 秒内挂断占接通"), "share"),
    "talk_q10": (_("通话时长（低十分位）"), "seconds"),
    "talk_median": (_("通话时长（中位）"), "seconds"),
    "talk_q90": (_("通话时长（高十分位）"), "seconds"),
    "talk_cv": (_("通话时长离散度"), "plain"),
    "talk_peak": (_("通话时长集中度"), "share"),
    "released": (_("被叫先挂断"), "share"),
    "gap_q10": (_("拨打间隔（低十分位）"), "seconds"),
    "gap_median": (_("拨打间隔（中位）"), "seconds"),
    "gap_q90": (_("拨打间隔（高十分位）"), "seconds"),
    "gap_mad": (_("拨打间隔离散度"), "plain"),
    "ring_median": (_("未接响铃时长（中位）"), "seconds"),
    "ring_mad": (_("未接响铃时长离散"), "seconds"),
    "cancel_ring": (_("主叫放弃前响铃"), "seconds"),
    "hour_entropy": (_("时段分散度"), "plain"),
    "lunch": (_("午间拨打占比"), "share"),
    "first_call": (_("每天第一通的时刻"), "clock"),
    "concurrent": (_("同时多通"), "share"),
    "called_back": (_("被叫回拨"), "share"),
    "reciprocal": (_("被叫曾来电"), "share"),
    "sequential": (_("顺号拨打"), "share"),
    "segment_entropy": (_("被叫号段分散度"), "plain"),
    "cells": (_("经过的基站"), "count"),
    "imeis": (_("设备型号"), "count"),
    "trunks": (_("中继"), "count"),
    "agents": (_("终端软件"), "count"),
    "attested": (_("有 A 级签名"), "share"),
}
CLASSES: Final = {
    "person": _("个人"),
    "courier": _("快递、外卖、网约车"),
    "institution": _("医院、学校等机构"),
    "reminder": _("提醒类机器人"),
    "service": _("企业服务"),
    "marketing": _("推销"),
    "fraud": _("诈骗与恶意骚扰"),
}
AGAINST: Final = {
    "FANOUT": _("常打给联系过的号码"),
    "SELDOM_ANSWERED": _("常被接听"),
    "SHORT_TALK": _("接通后会谈下去"),
    "SCRIPTED_TALK": _("通话时长各不相同"),
    "RELEASED_BY_CALLEE": _("被叫很少先挂断"),
    "ROBOT_PACING": _("拨打间隔不规律"),
    "DIALLER_TIMEOUT": _("响铃时长各不相同"),
    "NEVER_CALLED_BACK": _("有人回拨"),
    "SEQUENTIAL": _("不按号码顺序拨打"),
    "CONCURRENT": _("一次只打一通"),
    "NEVER_MOVES": _("会移动位置"),
    "MANY_DEVICES": _("只用一台设备"),
    "MANY_LINES": _("只走一条线路"),
    "SELDOM_SIGNED": _("号码有运营商签名担保"),
    "OFFICE_RHYTHM": _("拨打时段像个人"),
}
"""What a symbol says where it speaks against a robot."""
DRIFT: Final = {"stable": _("稳定"), "watch": _("留意"), "alert": _("已偏移")}
PLACES: Final = {
    "below": _("偏低"),
    "inside": _("常见"),
    "above": _("偏高"),
    "unknown": _("未知"),
}
LEVELS: Final = {"ring": _("响铃"), "label": _("标记"), "reject": _("可拒接")}


def value(name: str, number: float | None, say: Translate) -> str:
    """Return a feature's value as people write it."""
    if number is None:
        return "–"
    match FEATURES.get(name, ("", "plain"))[1]:
        case "share":
            return f"{number:.0%}"
        case "seconds":
            return say(_("{seconds} 秒")).format(seconds=f"{number:,.1f}" if number < 100 else f"{number:,.0f}")
        case "count":
            return f"{number:.0f}"
        case "clock":
            return f"{int(number):02d}:{int(number % 1 * 60):02d}"
        case _:
            return f"{number:.2f}"


def between(name: str, usual: Range | None, say: Translate) -> str:
    """Return what is usual of a feature; one value where both ends read the same."""
    if usual is None:
        return "–"
    low, high = value(name, usual.low, say), value(name, usual.high, say)
    return low if low == high else f"{low} – {high}"
