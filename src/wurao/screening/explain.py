"""The verdict on one call with every symbol and the facts behind it; computed apart from the call path.

The decision is the pure twin's over the same tables, so it is the one that the compiled path takes; the symbols come
from the book. A book that is ahead of the tables by the moment a follower needs shows in ``change``.
"""

from typing import Final

import msgspec
import numpy as np

from wurao.core.categories import CATEGORIES
from wurao.core.clock import Clock
from wurao.core.payload import MAX_SPAN, OPAQUE_BASE, CallSymbol, DecisionFlag, DecisionWord
from wurao.core.standing import Standing
from wurao.core.verdict import Action, SymbolHit, Verdict
from wurao.core.wishes import KEYS, Profile, default_profile, key_of, pack, unpack
from wurao.screening.compiled_policy import NEVER, CompiledPolicy
from wurao.screening.compiling import call_scorer, call_strengths, compiled, settings_of
from wurao.screening.decide_pure import PureDecider, Question, Tables, raised_by
from wurao.screening.knowledge import Knowledge
from wurao.screening.policy import Policy
from wurao.screening.score import Scorer
from wurao.screening.sentences import Reasons, rule_texts, sentences
from wurao.store.tables.layout import PROFILE_EXISTS
from wurao.store.tables.tableset import TableSet


class Asked(msgspec.Struct, frozen=True):
    """A call to explain: numbers as uint64; callee 0 is anybody with the default wish and no lists.

    ``at_us`` 0 is now; ``evidence_id`` is the receipt's, where the call has one.
    """

    caller: int
    callee: int = 0
    ingress: str = ""
    at_us: int = 0
    repeat: bool = False
    attestation: str = ""
    evidence_id: str = ""


class Spoken(msgspec.Struct, frozen=True):
    """A symbol with its hit and, where it is standing, the row behind it."""

    hit: SymbolHit
    row: Standing | None = None


class Explainer:
    """Explains calls over ``tables`` with what ``knowledge`` holds, under ``policy``."""

    def __init__(self, tables: TableSet, knowledge: Knowledge, policy: Policy, clock: Clock) -> None:
        self._tables = tables
        self._knowledge = knowledge
        self._policy = policy
        self._compiled = compiled(policy)
        self._clock = clock
        self._exact = Scorer(policy, "standing")
        self._block = Scorer(policy, "standing", "range")

    def explain(self, asked: Asked) -> Verdict:
        """Return the verdict; what is known of the caller is told even where a guard settled the call."""
        view: Tables = self._tables.view if asked.callee else Anybody(self._tables.view)
        question = Question(
            asked.caller,
            asked.callee,
            self._compiled.ingress.get(asked.ingress, 0),
            asked.at_us or self._clock.now_us(),
            asked.repeat,
            asked.attestation,
        )
        decision = PureDecider(view, self._compiled).decide(question)
        return self._verdict(asked, decision, self._spoken(asked, question), _wish(view, asked.callee))

    def _spoken(self, asked: Asked, question: Question) -> list[Spoken]:
        rows = self._knowledge.around(asked.caller) if question.has_number else []
        spoken = self._hits(self._exact, [row for row in rows if row.span == 0])
        if not question.is_opaque:
            spoken += self._around(rows)
        mask = raised_by(question, self._compiled.settings[question.ingress])
        spoken += self._called(asked.ingress, mask)
        return sorted(spoken, key=lambda s: -abs(s.hit.score))

    def _around(self, rows: list[Standing]) -> list[Spoken]:
        """Return the symbols of the smallest block that says something, as the tables have it."""
        for span in range(1, MAX_SPAN + 1):
            spoken = self._hits(self._block, [row for row in rows if row.span == span])
            if sum(s.hit.score for s in spoken) >= 1 or any(self._vouches(s.hit.name) for s in spoken):
                return self._within_cap(spoken)
        return []

    def _within_cap(self, spoken: list[Spoken]) -> list[Spoken]:
        cap = self._compiled.settings[0].range_cap / 10
        total = sum(s.hit.score for s in spoken)
        if total <= cap:
            return spoken
        scaled = (msgspec.structs.replace(s.hit, score=round(s.hit.score * cap / total, 2)) for s in spoken)
        return [Spoken(hit, s.row) for hit, s in zip(scaled, spoken, strict=True)]

    def _vouches(self, name: str) -> bool:
        return name in self._policy.symbols and self._policy.symbols[name].vouches

    def _hits(self, scorer: Scorer, rows: list[Standing]) -> list[Spoken]:
        known = {row.symbol: row for row in rows}
        strengths = [known[n].strength if n in known else 0.0 for n in scorer.symbols]
        points = scorer.score(np.array([strengths], np.float32)).points[0].tolist()
        raised = [(n, p) for n, p in zip(scorer.names, points, strict=True) if p or n in known]
        unknown = [(name, 0.0) for name in known if name not in scorer.names and name not in self._policy.symbols]
        return [Spoken(self._hit(name, p, known.get(name)), known.get(name)) for name, p in raised + unknown]

    def _called(self, ingress: str, mask: int) -> list[Spoken]:
        scorer = call_scorer(self._policy, settings_of(self._policy, ingress))
        points = scorer.score(call_strengths(scorer, [mask])).points[0].tolist()
        raised = {symbol.name for symbol in CallSymbol if mask >> symbol & 1}
        return [
            Spoken(self._hit(name, p, None))
            for name, p in zip(scorer.names, points, strict=True)
            if p or name in raised
        ]

    def _hit(self, name: str, points: float, row: Standing | None) -> SymbolHit:
        rule = self._policy.rules.get(name)
        zh, en = rule_texts(rule, name, row.facts if row else {})
        shadow = rule is not None and rule.state == "shadow"
        return SymbolHit(name, round(points, 2), zh, en, rule.group if rule else "", shadow)

    def _verdict(self, asked: Asked, decision: DecisionWord, spoken: list[Spoken], wish: Profile | None) -> Verdict:
        category = CATEGORIES[decision.category]
        shadow = DecisionFlag.SHADOW in decision.flags
        threshold = _threshold(self._compiled, asked.ingress, decision, wish)
        against = tuple(s for s in spoken if s.hit.score > 0 and (shadow or not s.hit.shadow))
        own = next((s.row for s in against if s.row and s.row.span == 0), None)
        reason_zh, reason_en = sentences(
            Reasons(
                decision.action,
                decision.guard,
                shadow,
                (category.zh, category.en),
                tuple((s.hit.text_zh, s.hit.text_en) for s in against),
                decision.score_deci / 10,
                threshold,
                asked.caller < OPAQUE_BASE and _held(self._compiled, asked.ingress, decision, wish),
            )
        )
        generation = self._tables.generation.number if self._tables.generation else 0
        evidence_id = asked.evidence_id or f"g{generation}-c{self._tables.change}"
        key = key_of(decision.category)
        return Verdict(
            action=decision.action.text,
            sip_code=decision.code,
            score=decision.score_deci / 10,
            threshold=threshold,
            category=category.name,
            of_class=category.of_class,
            method=own.method if own else "unknown",
            campaign=next((s.row.campaign for s in against if s.row and s.row.campaign), ""),
            wish=KEYS[key] if key >= 0 else "",
            symbols=tuple(s.hit for s in spoken),
            reason_zh=reason_zh,
            reason_en=reason_en,
            evidence_id=evidence_id,
            appeal_url=self._policy.appeal.url.replace("{evidence_id}", evidence_id),
            expires_us=min((s.row.expires_us for s in against if s.row and s.row.expires_us), default=0),
            state="shadow" if shadow else "live",
            generation=generation,
            change=self._tables.change,
            guard=decision.guard.text,
        )


class Anybody:
    """The tables as they are for somebody with the default wish and no personal lists."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def risk(self, number: int) -> int:
        """Return the payload of a number."""
        return self._tables.risk(number)

    def range(self, number: int) -> int:
        """Return the payload of the smallest block that says something."""
        return self._tables.range(number)

    def pairs(self, subscriber: int, caller: int, at_us: int) -> int:  # noqa: ARG002
        """Return that nothing lies between anybody and a caller."""
        return 0

    def wish(self, subscriber: int) -> int:  # noqa: ARG002
        """Return that anybody is enrolled."""
        return 1

    def profile(self, number: int) -> int:  # noqa: ARG002
        """Return the default wish."""
        return pack(default_profile()) | PROFILE_EXISTS


_ACTIONS_WITH_THRESHOLD: Final = (Action.LABEL, Action.ASK, Action.VOICEMAIL, Action.REJECT)


def _wish(tables: Tables, callee: int) -> Profile | None:
    number = tables.wish(callee)
    word = tables.profile(number) if number else 0
    return unpack(word & ~PROFILE_EXISTS) if word & PROFILE_EXISTS else None


def _held(policy: CompiledPolicy, ingress: str, decision: DecisionWord, wish: Profile | None) -> bool:
    """Tell whether the points would have done for more than the label that one kind of evidence allows."""
    level = _level(decision, wish)
    row = policy.settings[policy.ingress.get(ingress, 0)].thresholds[level - 1]
    return level > 0 and decision.action == Action.LABEL and decision.score_deci >= min(row[Action.LABEL :])


def _threshold(policy: CompiledPolicy, ingress: str, decision: DecisionWord, wish: Profile | None) -> float:
    """Return the points that the action took, or for a call that rings the least that would have done; 0: none."""
    level = _level(decision, wish)
    if level == 0:
        return 0.0
    row = policy.settings[policy.ingress.get(ingress, 0)].thresholds[level - 1]
    if decision.action in _ACTIONS_WITH_THRESHOLD:
        reached = [t for t in row[: decision.action] if t <= decision.score_deci]
        return max(reached, default=0) / 10
    least = min(row)
    return 0.0 if least == NEVER else least / 10


def _level(decision: DecisionWord, wish: Profile | None) -> int:
    key = key_of(decision.category)
    return wish.levels[key] if wish and key >= 0 else 0
