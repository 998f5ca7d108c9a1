"""The taxonomy: what a call is about, how it was made and what its number looks like.

Classes are the ministry's three (工信部 综合整治骚扰电话, 2018: 商业营销类, 恶意骚扰类, 违法犯罪类) beside
legitimate bulk. A category's position is its 5-bit code in the shield tables and never changes; sub-codes
(``debt_collection.own``) stay in facts and fold into their parent.
"""

from typing import Final, Literal

import msgspec

Class = Literal["commercial", "harassment", "illegal", "legitimate", "unknown"]
Method = Literal["human", "robot", "recording", "one_ring", "bombing", "unknown"]
METHODS: Final = ("human", "robot", "recording", "one_ring", "bombing", "unknown")


class Category(msgspec.Struct, frozen=True):
    """One entry of the taxonomy."""

    code: int
    name: str
    of_class: Class
    zh: str
    en: str


_ROWS: Final[tuple[tuple[str, Class, str, str], ...]] = (
    ("unknown", "unknown", "未知", "unknown"),
    ("loan_finance", "commercial", "贷款理财", "loans and finance"),
    ("debt_collection", "commercial", "欠款催收", "debt collection"),
    ("real_estate", "commercial", "房产中介", "real estate"),
    ("insurance", "commercial", "保险", "insurance"),
    ("securities", "commercial", "股票证券荐股", "stock tips"),
    ("education", "commercial", "教育培训", "education and training"),
    ("retail", "commercial", "购物零售推销", "retail sales"),
    ("medical_beauty", "commercial", "医疗保健美容", "health and beauty"),
    ("renovation", "commercial", "装修家居", "renovation and furniture"),
    ("other_commercial", "commercial", "其他营销", "other marketing"),
    ("one_ring", "harassment", "响一声", "one-ring calls"),
    ("bombing", "harassment", "呼死你", "call bombing"),
    ("malicious", "harassment", "恶意骚扰", "malicious calls"),
    ("fraud", "illegal", "诈骗", "fraud"),
    ("gambling_porn", "illegal", "赌博色情", "gambling or pornography"),
    ("forged_papers", "illegal", "发票证件", "forged papers and invoices"),
    ("courier", "legitimate", "快递", "courier"),
    ("takeaway", "legitimate", "外卖", "takeaway"),
    ("ride", "legitimate", "网约车", "ride hailing"),
    ("hospital", "legitimate", "医院", "hospital"),
    ("school", "legitimate", "学校", "school"),
    ("government", "legitimate", "政务", "government"),
    ("bank_service", "legitimate", "银行服务", "bank service"),
    ("enterprise_service", "legitimate", "企业客服", "customer service"),
    ("property_community", "legitimate", "物业社区", "property and community"),
    ("utility", "legitimate", "水电气", "utilities"),
    ("survey", "legitimate", "调查", "survey"),
    ("reminder", "legitimate", "提醒通知", "reminder"),
    ("person", "legitimate", "个人", "person"),
)
CATEGORIES: Final = tuple(Category(code, *row) for code, row in enumerate(_ROWS))
BY_NAME: Final = {category.name: category for category in CATEGORIES}
UNKNOWN: Final = CATEGORIES[0]

TRADES: Final = tuple(category.name for category in CATEGORIES[1:11])
"""The ten trades a subscriber may wish away, in column order."""
CLASS_TEXTS: Final[dict[Class, tuple[str, str]]] = {
    "commercial": ("商业营销类", "commercial"),
    "harassment": ("恶意骚扰类", "harassment"),
    "illegal": ("违法犯罪类", "illegal"),
    "legitimate": ("正常业务类", "legitimate"),
    "unknown": ("未知", "unknown"),
}


def of_code(code: int) -> Category:
    """Return the category of a code in the tables; unknown where a newer taxonomy wrote it."""
    return CATEGORIES[code] if code < len(CATEGORIES) else UNKNOWN


def find(name: str | None) -> Category:
    """Return the category of a name or sub-code (``fraud.police``); unknown where there is none."""
    return BY_NAME.get((name or "unknown").partition(".")[0], UNKNOWN)
