"""What can be wrong with a policy whose shape is right: names that don't exist, thresholds that don't rise, caps.

Each problem is the path of the key at fault and a sentence; ``screening.config`` adds file and line.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from wurao.core.categories import BY_NAME
from wurao.core.errors import ConfigError
from wurao.core.payload import TRUNK_BYTES, CallSymbol, cut
from wurao.screening.composite import Expression
from wurao.screening.policy import ACTIONS, Policy, Rule, Thresholds

Problem = tuple[tuple[str, ...], str]
_CALL_SYMBOLS: Final = {symbol.name for symbol in CallSymbol}


def contradictions(policy: Policy) -> Iterator[Problem]:
    """Return every contradiction in a policy."""
    yield from dict.fromkeys(_thresholds(policy))
    for name, rule in policy.symbols.items():
        yield from _rule(policy, rule, ("symbols", name))
        if rule.stage == "call" and name not in _CALL_SYMBOLS:
            yield ("symbols", name), f"{name} is no symbol that is judged when the call comes in"
    for missing in sorted(_CALL_SYMBOLS - {n for n, r in policy.symbols.items() if r.stage == "call"}):
        yield ("symbols", missing), f"{missing} has no entry with stage 'call'"
    yield from _composites(policy)
    yield from _settings(policy)
    yield from _card(policy)
    if policy.appeal.code_command and not policy.appeal.code_command[0].startswith("/"):
        yield ("appeal", "code_command"), "the program needs its whole path"
    yield from _sip(policy)
    for name, listed in policy.maps.items():
        if listed.symbol not in policy.symbols or policy.symbols[listed.symbol].stage != "standing":
            yield ("maps", name, "symbol"), f"{listed.symbol} is no symbol with stage 'standing'"
    if len(policy.rules) > policy.limits.symbols:
        yield ("limits", "symbols"), f"more than {policy.limits.symbols} symbols and composites"


def effective_thresholds(policy: Policy, settings: str) -> dict[str, Thresholds]:
    """Return the thresholds by wish level that hold under some settings."""
    own = policy.settings[settings].thresholds
    general = {} if policy.settings[settings].origin == "own" else policy.thresholds
    return {
        level: Thresholds(
            **{a: _either(own.get(level), general.get(level), a) for a in ACTIONS},
        )
        for level in ("1", "2", "3")
    }


def _either(own: Thresholds | None, general: Thresholds | None, action: str) -> float | None:
    for thresholds in (own, general):
        value: float | None = getattr(thresholds, action, None)
        if value is not None:
            return value
    return None


def _thresholds(policy: Policy) -> Iterator[Problem]:
    range_cap = max((g.cap for g in policy.groups.values() if g.stage == "range"), default=0.0)
    for name in policy.settings:
        for level, thresholds in effective_thresholds(policy, name).items():
            given = [(v, a) for a in ACTIONS if (v := getattr(thresholds, a)) is not None]
            for (lower, action), (higher, severer) in pairwise(given):
                if lower > higher:
                    yield ("thresholds", level, action), f"{action} needs more points than {severer} at level {level}"
            if thresholds.reject is not None and thresholds.reject <= range_cap:
                yield ("thresholds", level, "reject"), f"a range alone could reject ({range_cap} points)"
    if sum(g.stage == "range" for g in policy.groups.values()) > 1:
        yield ("groups",), "only one group can have stage 'range'"


def _card(policy: Policy) -> Iterator[Problem]:
    appeal = policy.appeal
    if appeal.card_url and not (appeal.name and appeal.card_key and appeal.certificate_url):
        yield ("appeal", "card_url"), "a card needs appeal.name, appeal.card_key and appeal.certificate_url too"
    for name, settings in policy.settings.items():
        if settings.answer == "608" and not appeal.card_url:
            yield ("settings", name, "answer"), "608 needs appeal.card_url, where its card of redress is"


def _sip(policy: Policy) -> Iterator[Problem]:
    for name, settings in policy.settings.items():
        if settings.answer == "announce" and not settings.announcement:
            yield ("settings", name, "answer"), "announce needs the announcement, a SIP URI"
        if settings.label == "pai" and not settings.trusted:
            what = "P-Asserted-Identity would vouch for a number that nobody vouches for; say call-info"
            yield ("settings", name, "label"), what


def _rule(policy: Policy, rule: Rule, path: tuple[str, ...]) -> Iterator[Problem]:
    group = policy.groups.get(rule.group)
    if group is None:
        yield (*path, "group"), f"there is no group {rule.group!r}"
    elif group.stage != rule.stage:
        yield (*path, "group"), f"group {rule.group!r} is of stage {group.stage!r}, the symbol of {rule.stage!r}"
    if rule.category not in BY_NAME:
        yield (*path, "category"), f"there is no category {rule.category!r}"
    if path[1].upper() != path[1]:
        yield path, f"{path[1]!r}: names are in capitals"


def _composites(policy: Policy) -> Iterator[Problem]:
    for name, composite in policy.composites.items():
        path = ("composites", name)
        yield from _rule(policy, composite, path)
        if name in policy.symbols:
            yield path, f"{name} is a symbol already"
        if composite.stage == "range":
            yield (*path, "stage"), "a composite is of stage 'standing' or 'call'"
        try:
            expression = Expression(composite.when, policy.limits.composite_names)
        except ConfigError as problem:
            yield (*path, "when"), problem.what
            continue
        yield from _composite_names(policy, expression, composite, path)


def _composite_names(policy: Policy, expression: Expression, rule: Rule, path: tuple[str, ...]) -> Iterator[Problem]:
    strangers = [n for n in expression.names if n not in policy.symbols or policy.symbols[n].stage != rule.stage]
    if strangers:
        yield (*path, "when"), f"{', '.join(strangers)}: no symbol of stage {rule.stage!r}"
    elif expression.evaluate({n: np.zeros(1, bool) for n in expression.names})[0]:
        yield (*path, "when"), "it holds where no symbol is raised: every call would have it"


def _settings(policy: Policy) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    alike: dict[str, str] = {}
    if "default" not in policy.settings:
        yield ("settings",), "settings.default is missing"
    for name, settings in policy.settings.items():
        for ingress in settings.ingress:
            if seen.setdefault(ingress, name) != name:
                yield ("settings", name, "ingress"), f"{ingress!r} belongs to settings {seen[ingress]!r} already"
            if alike.setdefault(cut(ingress), ingress) != ingress:
                told = f"{ingress!r} and {alike[cut(ingress)]!r} begin with the same {TRUNK_BYTES} bytes"
                yield ("settings", name, "ingress"), f"{told}, and the history keeps no more of a trunk's name"
        for symbol in settings.weights:
            if symbol not in _CALL_SYMBOLS:
                yield ("settings", name, "weights", symbol), f"{symbol} isn't judged when the call comes in"
    if len(policy.settings) > policy.limits.settings:
        yield ("limits", "settings"), f"more than {policy.limits.settings} settings"
