"""From the policy's TOML to the integers that decide reads: every set of call-time symbols is scored beforehand.

With K call-time symbols there are 2^K sets; groups, caps, composites and SHADOW rules then cost one look-up a call.
"""

from typing import Final

import msgspec
import numpy as np

from wurao.core.categories import find
from wurao.core.payload import CallSymbol
from wurao.screening.compiled_policy import MASKS, NEVER, CompiledPolicy, Redress, Row, Settings
from wurao.screening.policy import ACTIONS, Appeal, Policy, Thresholds
from wurao.screening.policy_check import effective_thresholds
from wurao.screening.score import Floats, Scorer

DECI: Final = 10
"""Deci-points in a point."""


def compiled(policy: Policy) -> CompiledPolicy:
    """Return the policy as decide reads it; raises ConfigError where it can't be run."""
    names = ["default", *(name for name in policy.settings if name != "default")]
    result = CompiledPolicy(
        settings=tuple(_settings(policy, name) for name in names),
        ingress={ingress: i for i, name in enumerate(names) for ingress in policy.settings[name].ingress},
        call_category=_categories(policy),
        redress=_redress(policy.appeal),
        certificates=policy.identity.certificates,
        evidence=sum(1 << s for s in CallSymbol if policy.groups[policy.symbols[s.name].group].evidence),
    )
    result.check()
    return result


def call_scorer(policy: Policy, settings: str) -> Scorer:
    """Return the scorer of call-time symbols with the weights of some settings."""
    weights = policy.settings[settings].weights
    symbols = {
        name: msgspec.structs.replace(rule, weight=weights[name]) if name in weights else rule
        for name, rule in policy.symbols.items()
    }
    return Scorer(msgspec.structs.replace(policy, symbols=symbols), "call")


def call_strengths(scorer: Scorer, masks: list[int]) -> Floats:
    """Return for each set of call-time symbols (bits ``1 << CallSymbol``) the row that ``scorer`` reads."""
    bits = [CallSymbol[name].value for name in scorer.symbols]
    raised: Floats = (np.array(masks)[:, None] >> np.array(bits) & 1).astype(np.float32)
    return raised


def settings_of(policy: Policy, ingress: str) -> str:
    """Return the name of the settings that hold for a trunk."""
    return next((name for name, settings in policy.settings.items() if ingress in settings.ingress), "default")


def _settings(policy: Policy, name: str) -> Settings:
    own = policy.settings[name]
    thresholds = effective_thresholds(policy, name)
    scorer = call_scorer(policy, name)
    scored = scorer.score(call_strengths(scorer, list(range(MASKS))))
    return Settings(
        thresholds=(_row(thresholds["1"]), _row(thresholds["2"]), _row(thresholds["3"])),
        trusted=own.trusted,
        overseas=own.origin == "overseas",
        call_live=_deci(scored.live),
        call_all=_deci(scored.all),
        range_cap=next((round(g.cap * DECI) for g in policy.groups.values() if g.stage == "range"), 0),
        codes=(policy.codes.ask, policy.codes.voicemail, policy.codes.reject),
        personal_code=policy.codes.personal,
        answer=own.answer,
        caller=own.caller,
        callee=own.callee,
        identity=own.identity,
        label=own.label,
        label_language=own.label_language,
        announcement=own.announcement,
    )


def _redress(appeal: Appeal) -> Redress:
    return Redress(appeal.url, appeal.tel, appeal.email, appeal.card_url, appeal.short_code)


def _row(thresholds: Thresholds) -> Row:
    label, ask, voicemail, reject = (getattr(thresholds, action) for action in ACTIONS)
    return _threshold(label), _threshold(ask), _threshold(voicemail), _threshold(reject)


def _threshold(points: float | None) -> int:
    return NEVER if points is None else round(points * DECI)


def _deci(points: Floats) -> tuple[int, ...]:
    return tuple(int(deci) for deci in np.round(points * DECI))


def _categories(policy: Policy) -> tuple[int, ...]:
    """Return for each set of symbols the category of its heaviest symbol that names one."""
    rules = [(policy.symbols[symbol.name], symbol) for symbol in CallSymbol]
    naming = [(r.weight, find(r.category).code, s) for r, s in rules if r.category != "unknown" and r.state == "live"]
    heaviest = sorted(naming, reverse=True)
    return tuple(next((code for _, code, s in heaviest if mask >> s & 1), 0) for mask in range(MASKS))
