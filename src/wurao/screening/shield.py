"""The shield: keeps the tables in step with the book, as its one writer.

``start`` opens or builds a generation, rebuilds the overlay from the changes after it and puts both in force;
``follow`` applies what changed since, in order. What an overlay can't hold – mass loads, a rule that turned, a full
table – becomes a new generation. Kill it at any time: changes are re-read from the book, so none is lost or counted
twice.
"""

import hashlib
import threading
from typing import Final, Self

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wurao.core.changes import Change
from wurao.core.clock import Clock
from wurao.core.errors import StoreError, VerificationError
from wurao.core.payload import PairKind
from wurao.screening import building, config
from wurao.screening.knowledge import Knowledge
from wurao.screening.levels import Levels
from wurao.screening.maps import OperatorMaps, Subject
from wurao.screening.policy import Policy
from wurao.screening.standing_rows import StandingRows
from wurao.store.book import Book
from wurao.store.book.rules import RuleBudget
from wurao.store.durable import replace_file
from wurao.store.home import Home
from wurao.store.keys import KeyRing
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import DEFAULT_SLOTS, LiveTables
from wurao.store.tables.switch import read_current

NUMBERS: Final = frozenset({"standing", "appeal", "verified", "assignment"})
"""Kinds of change after which a number or block is looked at again."""
ANEW: Final = frozenset({"snapshot", "rule"})
"""Kinds of change that only a new generation shows."""
FULL: Final = 0.8
"""How full an overlay may get before it is compiled into a new generation."""
BATCH: Final = 10_000
_OVERLAY_ENTRIES: Final = DEFAULT_SLOTS * 0.7
_BUILT_FROM: Final = "BUILT-FROM"


class Followed(msgspec.Struct, frozen=True):
    """What one ``follow`` did."""

    changes: int
    rebuilt: bool = False


class Shield:
    """The one writer of a home's tables; needs the home's lock. Threads take turns."""

    def __init__(self, home: Home, book: Book, clock: Clock) -> None:
        self._tables = home.folder("tables")
        self._keys = KeyRing.open(home)
        self._book = book
        self._clock = clock
        self._written = config.load(home.path / "conf").policy
        self.policy = self._in_state()
        self.maps = OperatorMaps(self._written, home.path / "conf")
        self.knowledge = Knowledge(book, self.maps)
        self._live: LiveTables | None = None
        self._turn = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop writing; what is in force stays in force."""
        with self._turn:
            if self._live:
                self._live.close()
            self._live = None

    def build(self) -> Generation:
        """Compile everything into a new generation and return it; it is in force only after ``start`` or ``renew``."""
        self.maps.refresh()
        self.policy = self._in_state()
        inputs = building.Inputs(self._book, self.knowledge, self.policy, self._clock)
        folder = building.build(inputs, self._tables, self._keys.signing_key())
        generation = Generation.open(folder, public_keys(self._keys))
        replace_file(self._tables / _BUILT_FROM, f"{generation.number} {self._fingerprint()}\n".encode())
        return generation

    def start(self) -> Generation:
        """Put a generation in force, its overlay rebuilt from the changes since; builds one where none fits."""
        with self._turn:
            self.maps.refresh()
            self._live = LiveTables.create(self._current() or self.build())
            self._catch_up()
            self._live.publish()
            return self._live.generation

    def renew(self) -> Generation:
        """Build a new generation and put it in force in place of the one before, if there is one."""
        with self._turn:
            generation = self.build()
            self._succeed(generation)
            self._catch_up()
            self._writing().publish()
            return self._writing().generation

    def follow(self) -> Followed:
        """Apply what changed in the book and the maps since; costs one small query where nothing did."""
        with self._turn:
            return self._follow()

    def _follow(self) -> Followed:
        live = self._writing()
        changes = self._book.changes_after(live.change, BATCH)
        moved = self.maps.refresh()
        if any(change.kind in ANEW for change in changes) or not self._fits(len(changes) + len(moved)):
            self.renew()
            return Followed(len(changes) + len(moved), rebuilt=True)
        self._apply(changes, moved)
        return Followed(len(changes) + len(moved))

    def _catch_up(self) -> None:
        """Apply the changes after the overlay's own; what doesn't fit goes into another generation."""
        while changes := self._book.changes_after(self._writing().change, BATCH):
            if any(change.kind in ANEW for change in changes) or not self._fits(len(changes)):
                self._succeed(self.build())
            else:
                self._apply(changes, set())

    def _succeed(self, generation: Generation) -> None:
        """Write the overlay of another generation from here on; the one before stays in force until ``publish``."""
        before = self._live
        self._live = before.successor(generation) if before else LiveTables.create(generation)
        if before:
            before.close()

    def _apply(self, changes: list[Change], moved: set[Subject]) -> None:
        live = self._writing()
        subjects = {(change.subject, change.span) for change in changes if change.kind in NUMBERS}
        self._put_numbers(subjects | moved)
        for subscriber in {change.subscriber for change in changes if change.kind == "wish"}:
            self._put_wish(subscriber)
        for change in changes:
            if change.kind == "list":
                self._put_pair(change)
        if changes:
            live.change = changes[-1].number

    def _put_numbers(self, subjects: set[Subject]) -> None:
        live = self._writing()
        rows = StandingRows.of(self.knowledge.of(subjects))
        levels = Levels(self.policy, self._clock.now_us())
        risks, ranges = levels.risks(rows), levels.ranges(rows)
        exact = dict(zip(risks.numbers.tolist(), risks.payloads.tolist(), strict=True))
        keys = zip(ranges.blocks.tolist(), ranges.spans.tolist(), strict=True)
        blocks = dict(zip(keys, ranges.payloads.tolist(), strict=True))
        for subject, span in subjects:
            if span:
                live.put_range(subject, span, blocks.get((subject, span), 0))
            else:
                live.put_risk(subject, exact.get(subject, 0))

    def _put_wish(self, subscriber: int) -> None:
        wish = self._book.wish_of(subscriber)
        number = self._book.profile_number(wish) if wish else 0
        if wish:
            self._writing().put_profile(number, wish)
        self._writing().put_wish(subscriber, number)

    def _put_pair(self, change: Change) -> None:
        kind = PairKind[change.note.upper()]
        caller = building.caller_key(change.subject, change.span)
        entries = self._book.pairs_between(change.subscriber, change.subject * 10**change.span)
        held = [e for e in entries if (e.kind, e.subject, e.span) == (kind, change.subject, change.span)]
        if held:
            self._writing().put_pair(change.subscriber, caller, kind, held[0].until_us)
        else:
            self._writing().drop_pair(change.subscriber, caller, kind)

    def _writing(self) -> LiveTables:
        if self._live is None:
            raise StoreError("the shield isn't started", where=str(self._tables))
        return self._live

    def _fits(self, entries: int) -> bool:
        return self._writing().fill + entries / _OVERLAY_ENTRIES < FULL

    def _in_state(self) -> Policy:
        self._declare()
        return self._written.with_states({rule.name: rule.state for rule in self._book.rules()})

    def _declare(self) -> None:
        days = self._written.budget.window_days
        self._book.declare_rules(
            {
                name: RuleBudget(name, self._written.false_blocks_allowed(name), days, rule.state)
                for name, rule in self._written.rules.items()
            }
        )

    def _fingerprint(self) -> str:
        """Return what a generation was compiled from beside the book: policy and maps."""
        parts = (msgspec.json.encode(self.policy, order="sorted"), repr(self.maps.signatures()).encode())
        return hashlib.sha256(b"\n".join(parts)).hexdigest()

    def _current(self) -> Generation | None:
        """Return the generation in force if it is whole and of this policy and these maps."""
        try:
            current = read_current(self._tables)
            if current is None:
                return None
            generation = Generation.open(self._tables / current.generation, public_keys(self._keys))
            built_from = (self._tables / _BUILT_FROM).read_text()
        except (StoreError, VerificationError, OSError):
            return None
        if "policy" not in generation.tables:
            return None
        return generation if built_from == f"{generation.number} {self._fingerprint()}\n" else None


def public_keys(ring: KeyRing) -> list[Ed25519PublicKey]:
    """Return the keys that may have signed a generation of this home, newest first."""
    keys = [Ed25519PrivateKey.from_private_bytes(key.secret).public_key() for key in ring.all("sign")]
    return keys[::-1]
