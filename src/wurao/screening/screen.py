"""Replays calls over the shield tables: each is judged at its own start with what the home knows, nothing is learnt.

Bounded memory: batches of calls as columns, decided by the compiled path, written as whole columns.
"""

from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO

import msgspec
import numpy as np

from wurao.core.categories import CATEGORIES
from wurao.core.payload import DecisionFlag, DecisionWord
from wurao.core.verdict import Action
from wurao.screening._decide import Decider
from wurao.screening.calls_in import Calls
from wurao.screening.lines import Lines
from wurao.screening.repeats import Repeats
from wurao.screening.wished import Wished
from wurao.store.tables.tableset import TableSet


class Screened(msgspec.Struct):
    """What a replay did; ``rung`` counts SHADOW verdicts too, ``shadow`` says how many these are."""

    calls: int = 0
    rejected: int = 0
    labelled: int = 0
    asked: int = 0
    voicemail: int = 0
    rung: int = 0
    shadow: int = 0
    unreadable: int = 0
    seconds: float = 0.0
    by_guard: dict[str, int] = {}
    by_category: dict[str, int] = {}
    """Categories of the calls that didn't ring."""


class Replay:
    """One replay with one decider; ``out`` gets a line per call where there is one."""

    def __init__(self, tables: TableSet, decider: Decider, wishes: Wished) -> None:
        self._tables = tables
        self._decider = decider
        self._wishes = wishes
        self._words: Counter[int] = Counter()
        self._unreadable = 0

    def run(self, batches: Iterable[Calls], out: BinaryIO | None = None, *, symbols: bool = False) -> Screened:
        """Judge every call and return the summary (its ``seconds`` are the caller's to fill in)."""
        repeats = Repeats()
        lines = Lines(self._behind, symbols=symbols)
        for calls in batches:
            words = self._decided(calls, repeats)
            values, counts = np.unique(words, return_counts=True)
            self._words.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
            self._unreadable += calls.unreadable
            if out and len(words):
                out.write(lines.of(calls, words))
        return self._summary()

    def _decided(self, calls: Calls, repeats: Repeats) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
        self._wishes.prepare(calls.callees)
        circumstances = repeats.of(calls.callers, calls.callees, calls.at_us).astype(np.uint8)
        circumstances |= calls.attested_c.astype(np.uint8) << np.uint8(1)
        encoded = calls.ingress.dictionary_encode()
        trunks = [self._decider.ingress_index(name or "") for name in encoded.dictionary.to_pylist()]
        ingress = np.array(trunks, np.uint16)[encoded.indices.to_numpy()]
        words = np.empty(len(calls.at_us), np.uint64)
        self._decider.decide_batch(calls.callers, calls.callees, ingress, calls.at_us, circumstances, words)
        return words

    def _behind(self, number: int) -> tuple[str, tuple[str, ...]]:
        known = self._tables.detail(number)
        return (known.campaign, known.symbols) if known else ("", ())

    def _summary(self) -> Screened:
        done = Screened(unreadable=self._unreadable, calls=self._words.total())
        actions: Counter[Action] = Counter()
        guards: Counter[str] = Counter()
        categories: Counter[str] = Counter()
        for word, count in self._words.items():
            decision = DecisionWord.unpack(word)
            shadow = DecisionFlag.SHADOW in decision.flags
            done.shadow += count if shadow else 0
            action = Action.RING if shadow else decision.action
            actions[action] += count
            guards[decision.guard.text] += count
            if action > Action.RING:
                categories[CATEGORIES[decision.category].name] += count
        done.rung, done.labelled, done.asked = (actions[a] for a in (Action.RING, Action.LABEL, Action.ASK))
        done.voicemail, done.rejected = actions[Action.VOICEMAIL], actions[Action.REJECT]
        done.by_guard, done.by_category = dict(guards.most_common()), dict(categories.most_common())
        return done
