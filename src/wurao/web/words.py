"""What codes are called on a page: actions, guards, states, checks; Chinese here, English in the .po file."""

from typing import Final

from wurao.core.categories import CLASS_TEXTS, find
from wurao.core.wishes import KEYS
from wurao.edge.http.language import Language
from wurao.edge.nouns import Decision
from wurao.screening.appeal import ON_PROBATION
from wurao.web.language import marked as _

ACTIONS: Final = {
    "reject": _("已拒接"),
    "voicemail": _("转语音信箱"),
    "ask": _("先问来意"),
    "label": _("已标记"),
    "ring": _("已响铃"),
}
UNLABELLED: Final = _("响铃未标记")
GUARDS: Final = {
    "none": _("没有对此号码不利的依据"),
    "not_enrolled": _("未开通拒接，一律响铃"),
    "emergency_callback": _("拨打紧急电话后的回拨，一律响铃"),
    "allowed": _("在个人放行名单中"),
    "denied": _("在个人拒接名单中"),
    "public_service": _("公共服务号码，来自可信线路"),
    "dialled": _("90 天内主动拨打过"),
    "contact": _("在通讯录中"),
    "expected": _("正在等待的快递或用车"),
    "answered": _("以前接听过"),
    "verified": _("已核验的主叫单位"),
    "system": _("系统按心愿判定"),
    "segment": _("按个人号段规则处理"),
    "quiet_hours": _("处于免打扰时段"),
    "repeat": _("三分钟内再次来电，解除标记"),
    "fault": _("系统故障，按规则放行"),
}
METHODS: Final = {
    "human": _("人工"),
    "robot": _("机器人"),
    "recording": _("录音"),
    "one_ring": _("响一声"),
    "bombing": _("呼死你"),
    "unknown": _("方式未知"),
}
APPEAL_STATES: Final = {"pending": _("待处理"), "redressed": _("已恢复"), "rejected": _("已驳回")}
REASONS: Final = {ON_PROBATION: _("您证明了号码归您，已当场恢复，进入考察期。")}
"""Reasons that no person wrote."""
FAMILIES: Final = {
    "reports": _("用户举报"),
    "behaviour": _("呼叫行为"),
    "campaign": _("与其他骚扰号码同属一伙"),
    "operator": _("运营方的名单"),
    "neighbourhood": _("相邻号码"),
    "spoofing": _("冒用号码的迹象"),
    "form": _("号码形式"),
    "other": _("其他依据"),
}
"""Families of rules as the holder of a number reads them."""
RULE_STATES: Final = {"live": _("生效"), "shadow": _("影子")}
LEVELS: Final = (_("响铃"), _("标记"), _("拒接确定的"), _("从严拒接"))
SEGMENT_LEVELS: Final = (_("响铃"), _("标记"), _("拒接"))
SEGMENTS: Final = {
    "overseas": _("境外号码"),
    "hkmotw": _("港澳台号码"),
    "n400": _("400 号码"),
    "n95": _("95 号码"),
    "n950": _("950/951 号码"),
    "n106": _("106 号码"),
}
OTHER_KEYS: Final = {"harassment": _("恶意骚扰"), "fraud": _("诈骗等违法来电"), "unknown_bulk": _("不明批量呼叫")}
ROLES: Final = {
    "subscriber": _("用户"),
    "operator": _("运营"),
    "analyst": _("分析"),
    "reseller": _("转售企业"),
    "edge": _("网络"),
    "admin": _("管理员"),
}
CHECKS: Final = {
    "tables": _("判定表"),
    "generation": _("判定表代次"),
    "change": _("已应用到变更"),
    "refused": _("被拒绝的判定表"),
    "lake": _("数据湖"),
    "book": _("账本"),
    "journal": _("待并入的日志"),
    "rings": _("判定环"),
    "ringless": _("没有判定环的来电"),
    "disk": _("剩余磁盘"),
    "clock": _("时钟"),
    "wurao": _("勿扰版本"),
    "python": _("Python 版本"),
}
GROUPS: Final = {
    "reports": _("举报类"),
    "behaviour": _("行为类"),
    "campaign": _("团伙类"),
    "operator": _("运营方类"),
    "goodwill": _("善意类"),
    "neighbourhood": _("邻号类"),
    "spoofing": _("冒用类"),
    "form": _("号码形式类"),
}
SOURCES: Final = {
    "reporting": _("举报汇总"),
    "detection": _("行为识别"),
    "linking": _("团伙归并"),
    "verified": _("主叫核验"),
    "appeal": _("申诉"),
    "operator": _("运营方"),
}


def action(row: Decision) -> str:
    """Return what was done with a call, by what reached the phone."""
    return UNLABELLED if row.rang_unlabelled else ACTIONS.get(row.action, row.action)


def category(name: str, language: Language) -> str:
    """Return a category's name."""
    found = find(name)
    return found.zh if language == "zh" else found.en


def class_of(name: str, language: Language) -> str:
    """Return the name of a category's class."""
    zh, en = CLASS_TEXTS[find(name).of_class]
    return zh if language == "zh" else en


def wish(key: str, language: Language) -> str:
    """Return what a wish key is called, Chinese or English where it is a trade, else Chinese to be translated."""
    return OTHER_KEYS.get(key) or category(key, language)


WISH_KEYS: Final = KEYS
