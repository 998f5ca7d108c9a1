"""What a rule did, or in SHADOW would have done, with calls of the past – and to whom.

Each call is judged twice by the compiled path, once with the rule LIVE and once in SHADOW, over today's knowledge and
wishes; the difference is the rule's doing. A call counts as wanted where the person called has the number on a list,
called it, talked with it or expects it, or where the caller vouches for itself (registry, upheld appeal).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wurao.core.errors import InputError
from wurao.core.payload import PairKind, Risk
from wurao.core.standing import Standing
from wurao.core.verdict import Action
from wurao.screening._decide import Decider
from wurao.screening.compiling import compiled
from wurao.screening.knowledge import Knowledge
from wurao.screening.levels import Levels
from wurao.screening.policy import Policy
from wurao.screening.repeats import Repeats
from wurao.screening.standing_rows import StandingRows
from wurao.store.tables._slots import View
from wurao.store.tables.build import GenerationBuilder
from wurao.store.tables.generation import Generation
from wurao.store.tables.tableset import TableSet

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
Actions = npt.NDArray[np.uint8]
WANTED_KINDS: Final = (PairKind.ALLOW, PairKind.DIALLED, PairKind.CONTACT, PairKind.EXPECTED, PairKind.ANSWERED)
_WANTED_BITS: Final = sum(1 << kind for kind in WANTED_KINDS)


class Past(NamedTuple):
    """Calls of the past, oldest first: numbers uint64, microseconds UTC, trunks by name."""

    callers: U64
    callees: U64
    at_us: I64
    ingress: Sequence[str]


class Effects(msgspec.Struct, frozen=True):
    """What a rule changes: ``rows`` are positions in ``Past``, with the action it brings and whether it was wanted."""

    calls: int
    stopped: int
    labelled: int
    rows: tuple[int, ...]
    actions: tuple[Action, ...]
    wanted: tuple[bool, ...]


class Rehearsal:
    """Judges past calls under policies that aren't in force; ``as_of_us`` is when standing is looked at."""

    def __init__(self, tables: TableSet, knowledge: Knowledge, as_of_us: int) -> None:
        self._tables = tables
        self._knowledge = knowledge
        self._as_of_us = as_of_us

    def of_rule(self, name: str, policy: Policy, past: Past) -> Effects:
        """Return what one rule does to these calls; raises InputError for an unknown rule or too many calls."""
        if name not in policy.rules:
            raise InputError(f"there is no rule {name[:48]!r}", mend="see `wurao config show --effective`")
        if len(past.callers) > policy.limits.replay_rows:
            raise InputError(f"more than {policy.limits.replay_rows} calls", mend="choose a shorter time")
        rows = StandingRows.of(self._known(past.callers))
        without = self._actions(policy.with_states({name: "shadow"}), rows, past)
        with_it = self._actions(policy.with_states({name: "live"}), rows, past)
        return self._effects(past, without, with_it)

    def _known(self, callers: U64) -> Iterable[Standing]:
        """Return the standing that may matter: of callers that the tables know something of."""
        view = self._tables.view
        found: dict[tuple[int, int, str], Standing] = {}
        for caller in np.unique(callers).tolist():
            if view.risk(caller) or view.range(caller):
                found |= {(row.subject, row.span, row.symbol): row for row in self._knowledge.around(caller)}
        return found.values()

    def _actions(self, policy: Policy, rows: StandingRows, past: Past) -> Actions:
        with TemporaryDirectory(prefix="rehearsal-") as folder:
            generation = self._compiled(policy, rows, Path(folder))
            decider = Decider(self._with_levels(generation), compiled(policy))
            circumstances = Repeats().of(past.callers, past.callees, past.at_us).astype(np.uint8)
            trunks = {name: decider.ingress_index(name) for name in set(past.ingress)}
            ingress = np.array([trunks[name] for name in past.ingress], np.uint16)
            words = np.empty(len(past.callers), np.uint64)
            decider.decide_batch(past.callers, past.callees, ingress, past.at_us, circumstances, words)
        shadow = words >> np.uint64(17) & np.uint64(1)
        actions: Actions = np.where(shadow, 0, words & np.uint64(7)).astype(np.uint8)
        return actions

    def _compiled(self, policy: Policy, rows: StandingRows, folder: Path) -> Generation:
        levels = Levels(policy, self._as_of_us)
        risks, ranges = levels.risks(rows), levels.ranges(rows)
        key = Ed25519PrivateKey.generate()
        at_us = self._as_of_us
        with GenerationBuilder(folder, change=0, as_of_us=at_us, created_us=at_us) as builder:
            builder.risks(risks.numbers, risks.payloads)
            builder.ranges(ranges.blocks, ranges.spans, ranges.payloads)
            return Generation.open(builder.finish(key), [key.public_key()])

    def _with_levels(self, levels: Generation) -> TableSet:
        """Return the tables in force with other levels of numbers and ranges."""
        real = self._tables.generation
        if real is None:
            raise InputError("no tables are in force", mend="run: wurao shield build")
        swapped = ("risk", "range")
        tables = {role: words for role, words in real.tables.items() if role not in swapped}
        tables |= {role: levels.tables[role] for role in swapped if role in levels.tables}
        hypothetical = TableSet(levels.path, [])
        hypothetical.cell.put(
            View(
                tables=tables,
                live={role: words for role, words in self._tables.live.items() if role not in swapped},
                first_segment=real.manifest.first_segment,
                span_mask=levels.manifest.span_mask,
                base_us=real.manifest.base_us,
            )
        )
        return hypothetical

    def _effects(self, past: Past, without: Actions, with_it: Actions) -> Effects:
        rows = np.flatnonzero(with_it > without).tolist()
        brought = tuple(Action(with_it[row]) for row in rows)
        return Effects(
            calls=len(past.callers),
            stopped=sum(action > Action.LABEL for action in brought),
            labelled=sum(action == Action.LABEL for action in brought),
            rows=tuple(rows),
            actions=brought,
            wanted=tuple(self._wanted(past, row) for row in rows),
        )

    def _wanted(self, past: Past, row: int) -> bool:
        caller, callee, at_us = int(past.callers[row]), int(past.callees[row]), int(past.at_us[row])
        view = self._tables.view
        return bool(view.pairs(callee, caller, at_us) & _WANTED_BITS) or Risk.unpack(view.risk(caller)).verified
