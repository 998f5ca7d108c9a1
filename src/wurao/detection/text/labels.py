"""Labels of published data sets as categories of the taxonomy, each with the reason; a category is its own label.

A label that stands in neither stays as it is and has no category: figures are of labels, verdicts need categories.
"""

from typing import Final

import msgspec

from wurao.core.categories import BY_NAME


class Meant(msgspec.Struct, frozen=True):
    """The category of a label, a sub-code where one helps, and why."""

    category: str
    why: str


LABELS: Final[dict[str, Meant]] = {
    "AD:Loan": Meant("loan_finance", "offers of loans and cards"),
    "AD:Network_service": Meant(
        "other_commercial.telecom", "a carrier's own packages: 电信服务宣传 is other marketing"
    ),
    "AD:Other": Meant("other_commercial", "work at home, courses, exhibitions: no single trade"),
    "AD:Real_estate": Meant("real_estate", "flats and shops for sale"),
    "AD:Retail": Meant("retail", "shops and their sales"),
    "FR:Financial": Meant("fraud.securities", "stock-tip groups that the set calls fraud"),
    "FR:Other": Meant("fraud", "pretended friends, prizes, malware links"),
    "FR:Phishing(Bank)": Meant("fraud.phishing", "a bank's name over somebody else's page"),
    "FR:Phishing(Other)": Meant("fraud.phishing", "a carrier's or maker's name over somebody else's page"),
    "IL:Escort_service": Meant("gambling_porn", "the ministry counts both as one kind"),
    "IL:Fake_ID_and_invoice": Meant("forged_papers", "invoices and papers for sale"),
    "IL:Gambling": Meant("gambling_porn", "betting sites"),
    "IL:Political_propaganda": Meant("unknown", "no nuisance trade: opinions are not sorted here"),
    "Other": Meant("unknown", "weather, greetings, notices: nothing in common"),
}
"""The classes of the FBS set (messages of fake base stations)."""


def category_of(label: str) -> str:
    """Return the category (or sub-code) that a label means, ``unknown`` where it means none."""
    if label in LABELS:
        return LABELS[label].category
    return label if label.partition(".")[0] in BY_NAME else "unknown"
