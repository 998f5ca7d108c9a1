"""What links between numbers, and what happens to campaigns, are called on a page."""

from typing import Final

from wurao.core.clock import HOUR_US
from wurao.detection.linking.vests import HandOver
from wurao.web.language import Translate
from wurao.web.language import marked as _

FAMILIES: Final = {
    "talk": _("通话时长相同"),
    "ring": _("响铃时长相同"),
    "rhythm": _("拨打节奏相同"),
    "handover": _("一个停用、一个启用"),
    "callees": _("拨打同一批人"),
    "apart": _("不重复拨打同一人"),
    "block": _("号码相邻"),
    "trunk": _("走同一中继"),
    "agent": _("终端软件相同"),
    "device": _("设备与位置相同"),
    "recording": _("播放同一段录音"),
    "script": _("话术相同"),
    "callback": _("回拨号码或联系方式相同"),
    "callers": _("被同一批人呼叫"),
    "habits": _("呼叫习惯相同"),
    "volume": _("拨打量相同"),
}
"""What a family says where it speaks for one caller; below zero it speaks against."""
PASSAGES: Final = {"founded": _("首次归并"), "merged": _("与其他团伙合并"), "split": _("拆分")}
STATES: Final = {"active": _("在用"), "silent": _("沉寂")}
VOUCHES: Final = {
    "verified": _("已核验的主叫单位"),
    "taught": _("学为“需要”"),
    "redressed": _("经申诉恢复"),
}
SORTS: Final = {
    "calls": _("近 7 天来电"),
    "people": _("近 7 天被叫"),
    "new": _("本周新号"),
    "numbers": _("号码总数"),
    "last": _("最近来电"),
}


def gap(one: HandOver, say: Translate) -> str:
    """Return how long after the old number's last call the new one began, in words."""
    hours = abs(one.gap_us) / HOUR_US
    long = say(_("{hours} 小时")).format(hours=f"{hours:.0f}") if hours >= 1 else say(_("不到 1 小时"))
    return say(_("{long}后接替")).format(long=long) if one.gap_us >= 0 else say(_("交叠 {long}")).format(long=long)
