"""Grounds: what a number's holder may know of why its calls were stopped – and nothing that points at a person.

Told: categories, families of rules, days on which the network already answered calls with a refusal, and in which of
six buckets the count of reporters falls. Never told: who reported or when, texts, honeypots, names and weights of
rules, calls that were only labelled or that a subscriber's own list refused.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from wurao.core.clock import day_of
from wurao.core.standing import Standing
from wurao.screening.appeal import REPORTED
from wurao.screening.policy import Rule

BUCKETS: Final = (2, 5, 10, 20, 50, 100)
FAMILIES: Final = ("reports", "behaviour", "campaign", "operator", "neighbourhood", "spoofing", "form")
"""Groups of symbols that have a name for people; any other is ``other``, so that a honeypot's family isn't named."""
OTHER: Final = "other"


class Stopped(msgspec.Struct, frozen=True):
    """A call of the number that was refused by the system's judgement."""

    at_us: int
    category: str
    symbols: tuple[str, ...]


class Grounds(msgspec.Struct, frozen=True):
    """What the holder of a number is told; days are China's, "" where no call was stopped.

    ``reporters`` is the lower bound of a bucket (2, 5, 10, 20, 50, 100), 0 below two.
    """

    categories: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    reporters: int = 0


def grounds(rules: Mapping[str, Rule], standing: Iterable[Standing], stopped: Collection[Stopped]) -> Grounds:
    """Return the grounds from what stands against a number now and the calls that were stopped before."""
    against = [row for row in standing if _speaks_against(rules, row.symbol)]
    symbols = {row.symbol for row in against} | {name for call in stopped for name in call.symbols}
    named = {row.category for row in against} | {call.category for call in stopped}
    days = sorted(day_of(call.at_us) for call in stopped)
    reporters = max((int(row.facts.get("reporters", 0)) for row in against if row.symbol == REPORTED), default=0)
    return Grounds(
        categories=tuple(sorted(named - {"unknown"})),
        families=tuple(sorted({_family(rules[name]) for name in symbols if _speaks_against(rules, name)})),
        first_day=days[0] if days else "",
        last_day=days[-1] if days else "",
        reporters=bucket(reporters),
    )


def bucket(count: int) -> int:
    """Return the bucket that a count falls in, 0 below the smallest."""
    return max((edge for edge in BUCKETS if edge <= count), default=0)


def _speaks_against(rules: Mapping[str, Rule], symbol: str) -> bool:
    rule = rules.get(symbol)
    return rule is not None and rule.weight > 0 and rule.state == "live"


def _family(rule: Rule) -> str:
    return rule.group if rule.group in FAMILIES else OTHER
