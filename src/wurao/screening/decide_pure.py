"""The decision in plain Python: the twin of ``_decide``, read it to know what the compiled path does.

Order (FORMATS, Wishes): not enrolled → guards by precedence → the system's verdict under the wish → the subscriber's
own segment rules and quiet hours → a repeated call lifts a label → a call-back after an emergency call always rings.
"""

from typing import Final, Protocol

import msgspec

from wurao.core import numbers_pure
from wurao.core.clock import DAY_US, MINUTE_US
from wurao.core.numbering import NumberKind
from wurao.core.payload import (
    INVALID_CALLER,
    MAX_SPAN,
    OPAQUE_BASE,
    SERVICE_BASE,
    DecisionFlag,
    DecisionWord,
    PairKind,
    Range,
    Risk,
    range_key,
)
from wurao.core.verdict import Action, Guard
from wurao.core.wishes import KEYS, SEGMENTS, Profile, key_of, unpack
from wurao.screening import symbols
from wurao.screening.compiled_policy import CompiledPolicy, Settings
from wurao.screening.symbols.interface import Call

MAX_SCORE: Final = 65_535
MANY_CALLS: Final = KEYS.index("unknown_bulk")
_EXISTS: Final = 1 << 63
_PERSONAL: Final = 1 << PairKind.ALLOW | 1 << PairKind.DENY
_SEGMENT_OF: Final = {
    NumberKind.OVERSEAS: "overseas",
    NumberKind.HKMOTW: "hkmotw",
    NumberKind.N400: "n400",
    NumberKind.N95: "n95",
    NumberKind.N106: "n106",
}


class Tables(Protocol):
    """What a decision reads: ``store.tables.probe.PureView`` or the compiled ``View``."""

    def risk(self, number: int) -> int:
        """Return the payload of a number."""

    def range(self, number: int) -> int:
        """Return the payload of the smallest block that says something."""

    def pairs(self, subscriber: int, caller: int, at_us: int) -> int:
        """Return a bit per PairKind that holds."""

    def wish(self, subscriber: int) -> int:
        """Return the profile number."""

    def profile(self, number: int) -> int:
        """Return the word of a profile."""


class Question(msgspec.Struct, frozen=True):
    """One call to judge: numbers as uint64, ``ingress`` an index, ``at_us`` microseconds UTC."""

    caller: int
    callee: int
    ingress: int = 0
    at_us: int = 0
    repeat: bool = False
    attestation: str = ""

    @property
    def has_number(self) -> bool:
        """Tell whether the caller shows a number that can be looked up."""
        return self.caller not in (0, INVALID_CALLER)

    @property
    def is_opaque(self) -> bool:
        """Tell whether the caller is a 700-number, long sender or name: labelled at most."""
        return OPAQUE_BASE <= self.caller < INVALID_CALLER


class Weighed(msgspec.Struct, frozen=True):
    """What the known facts come to, with SHADOW rules or without; ``key`` indexes the wish levels, -1 none."""

    action: Action
    score: int
    category: int
    flags: DecisionFlag

    @property
    def key(self) -> int:
        """Return the index of the wish level that rules the category."""
        return key_of(self.category)


class PureDecider:
    """Judges calls one by one; slow, and short enough to be checked by eye."""

    def __init__(self, tables: Tables, policy: CompiledPolicy) -> None:
        policy.check()
        self._tables = tables
        self._policy = policy

    def decide(self, call: Question) -> DecisionWord:
        """Return the decision on one call; the word is equal to the compiled path's, bit by bit."""
        call = _bounded(call)
        number = self._tables.wish(call.callee)
        if number == 0:
            return settled(Action.RING, Guard.NOT_ENROLLED)
        word = self._tables.profile(number)
        if not word & _EXISTS:
            return settled(Action.RING, Guard.FAULT)
        wish = unpack(word & ~_EXISTS)
        decided = self._judged(call, wish)
        if decided.action > Action.RING and self._tables.pairs(call.callee, 0, call.at_us) >> PairKind.EMERGENCY & 1:
            return settled(Action.RING, Guard.EMERGENCY_CALLBACK)
        return decided

    def _judged(self, call: Question, wish: Profile) -> DecisionWord:
        settings = self._settings(call.ingress)
        risk = Risk.unpack(self._tables.risk(call.caller) if call.has_number else 0)
        block = Range.unpack(self._tables.range(call.caller) if call.has_number and not call.is_opaque else 0)
        pairs = self._lists(call, wish) if call.has_number else 0
        guarded = _guarded(call, settings, pairs, risk, block) if call.has_number else None
        return guarded or self._verdict(call, wish, settings, risk, block)

    def _settings(self, ingress: int) -> Settings:
        return self._policy.settings[ingress if ingress < len(self._policy.settings) else 0]

    def _lists(self, call: Question, wish: Profile) -> int:
        """Return a bit per PairKind that holds; the callee's own prefixes count where the number isn't listed."""
        pairs = self._tables.pairs(call.callee, call.caller, call.at_us)
        if not wish.prefixes or pairs & _PERSONAL or call.is_opaque:
            return pairs
        for span in range(1, MAX_SPAN + 1):
            prefix = range_key(call.caller // 10**span, span)
            found = self._tables.pairs(call.callee, prefix, call.at_us) & _PERSONAL
            if found:
                return pairs | found
        return pairs

    def _verdict(self, call: Question, wish: Profile, settings: Settings, risk: Risk, block: Range) -> DecisionWord:
        raised = raised_by(call, settings)
        live = self._weigh(wish, settings, risk, block, raised, shadow_too=False)
        everything = self._weigh(wish, settings, risk, block, raised, shadow_too=True)
        shadow = live.action == Action.RING < everything.action
        chosen = everything if shadow else live
        quiet = is_quiet(wish, call.at_us + self._policy.zone_us)
        action = min(chosen.action, Action.LABEL) if call.is_opaque else chosen.action
        guard = Guard.SYSTEM if chosen.score else Guard.NONE
        demanded = _demanded(call, wish)
        if demanded > (Action.RING if shadow else action):
            chosen, action, guard, shadow = live, demanded, Guard.SEGMENT, False
        elif quiet and (shadow or action == Action.RING) and live.key == MANY_CALLS:
            chosen, action, guard, shadow = live, Action.LABEL, Guard.QUIET_HOURS, False
        if call.repeat and not shadow and _lifted(action, chosen):
            action, guard = Action.RING, Guard.REPEAT
        circumstances = (
            (DecisionFlag.VERIFIED, risk.verified or block.verified),
            (DecisionFlag.INHERITED, risk.inherited),
            (DecisionFlag.REPEAT, call.repeat),
            (DecisionFlag.QUIET, quiet),
            (DecisionFlag.SHADOW, shadow),
        )
        flags = chosen.flags
        for flag, holds in circumstances:
            flags |= flag if holds else DecisionFlag(0)
        return DecisionWord(
            action=action,
            guard=guard,
            category=chosen.category,
            level=risk.level or block.level,
            flags=flags,
            code=_code(settings, action, guard),
            score_deci=min(chosen.score, MAX_SCORE),
            symbols=raised,
        )

    def _weigh(
        self, wish: Profile, settings: Settings, risk: Risk, block: Range, raised: int, *, shadow_too: bool
    ) -> Weighed:
        """Weigh what is known: score, category, and the action that the callee's wish takes on them."""
        own = 10 * risk.level if shadow_too or not risk.shadow else 0
        around = min(10 * block.level, settings.range_cap) if shadow_too or not block.shadow else 0
        call = (settings.call_all if shadow_too else settings.call_live)[raised]
        score = max(own + around + call, 0)
        named = self._policy.call_category[raised] if call > 0 else 0
        category = risk.category if own else named or (block.category if around else risk.category)
        action = _reached(wish, settings, score, category)
        if action > Action.LABEL and not raised & self._policy.evidence:
            action = Action.LABEL
            if own and not risk.inherited:
                alone = score - around if risk.reported else score
                action = max(action, _reached(wish, settings, alone, category))
        flags = DecisionFlag.RISK if own else DecisionFlag(0)
        # a block speaks even where the cap leaves it no points
        if block.level and (shadow_too or not block.shadow):
            flags |= DecisionFlag.RANGE
        return Weighed(action, score, category, flags)


def settled(action: Action, guard: Guard, code: int = 0) -> DecisionWord:
    """Return a decision that a guard took: nothing was weighed."""
    return DecisionWord(action, guard, 0, 0, DecisionFlag(0), code, 0, 0)


def raised_by(call: Question, settings: Settings) -> int:
    """Return a bit per CallSymbol that this call raises."""
    return symbols.mask(
        Call(
            caller=call.caller,
            callee=call.callee,
            kind=numbers_pure.kind(call.caller) if call.has_number else NumberKind.ANONYMOUS,
            has_number=call.has_number,
            opaque=call.is_opaque,
            trusted=settings.trusted,
            overseas=settings.overseas,
            attestation=call.attestation,
        )
    )


def is_quiet(wish: Profile, local_us: int) -> bool:
    """Tell whether an instant of local time lies in the wish's quiet hours, which may span midnight."""
    now = local_us % DAY_US // (30 * MINUTE_US)
    if wish.quiet_start <= wish.quiet_end:
        return wish.quiet_start <= now < wish.quiet_end
    return now >= wish.quiet_start or now < wish.quiet_end


def _bounded(call: Question) -> Question:
    return msgspec.structs.replace(call, caller=min(call.caller, INVALID_CALLER), at_us=max(call.at_us, 0))


def _domestic(settings: Settings) -> bool:
    return settings.trusted and not settings.overseas


def _is_public(number: int) -> bool:
    return number < OPAQUE_BASE and numbers_pure.is_public_service(number)


def _guarded(call: Question, settings: Settings, pairs: int, risk: Risk, block: Range) -> DecisionWord | None:
    """Return the decision of the first guard that settles the call, None if none does."""
    held = {kind for kind in PairKind if pairs >> kind & 1}
    if PairKind.ALLOW in held:
        return settled(Action.RING, Guard.ALLOWED)
    if PairKind.DENY in held:
        return settled(Action.REJECT, Guard.DENIED, settings.personal_code)
    answered = PairKind.ANSWERED in held and PairKind.REPORTED not in held and not risk.answered_void
    guards = (
        (Guard.PUBLIC_SERVICE, _domestic(settings) and _is_public(call.caller)),
        (Guard.DIALLED, PairKind.DIALLED in held),
        (Guard.CONTACT, PairKind.CONTACT in held),
        (Guard.EXPECTED, PairKind.EXPECTED in held),
        (Guard.ANSWERED, answered),
        (Guard.VERIFIED, _domestic(settings) and (risk.verified or block.verified)),
    )
    return next((settled(Action.RING, guard) for guard, holds in guards if holds), None)


def _reached(wish: Profile, settings: Settings, score: int, category: int) -> Action:
    """Return the severest action whose threshold the score reaches at the wished level."""
    key = key_of(category)
    level = wish.levels[key] if key >= 0 else 0
    if level == 0:
        return Action.RING
    reached = (
        action
        for action, threshold in zip(tuple(Action)[:0:-1], settings.thresholds[level - 1][::-1], strict=True)
        if score >= threshold
    )
    return next(reached, Action.RING)


def _demanded(call: Question, wish: Profile) -> Action:
    """Return what the subscriber's own rule for the caller's segment demands."""
    if not call.has_number:
        return Action.RING
    segment = _SEGMENT_OF.get(numbers_pure.kind(call.caller))
    if segment == "n95" and str(call.caller - SERVICE_BASE).startswith(("950", "951")):
        segment = "n950"
    rule = wish.segments[SEGMENTS.index(segment)] if segment else 0
    if rule == 0:
        return Action.RING
    return Action.LABEL if rule == 1 or call.is_opaque else Action.REJECT


def _lifted(action: Action, chosen: Weighed) -> bool:
    many = chosen.key == MANY_CALLS and Action.RING < action < Action.REJECT
    return action == Action.LABEL or many


def _code(settings: Settings, action: Action, guard: Guard) -> int:
    if guard == Guard.SEGMENT and action == Action.REJECT:
        return settings.personal_code
    return (0, 0, *settings.codes)[action]
