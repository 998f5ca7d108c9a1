"""Proof of control of a number: codes of access over the book, sent the way the policy of now says."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

import msgspec
from prometheus_client import Counter

from wurao.access import codes
from wurao.access.interface import Challenge
from wurao.core.clock import MINUTE_US, Clock
from wurao.core.errors import InputError
from wurao.edge.live.delivering import Code, Deliver, Errands, by_command, dialled
from wurao.edge.nouns import Proof, Redress, Ticket
from wurao.screening.policy import Appeal
from wurao.store.book import Book
from wurao.store.book.codes import CodeRow
from wurao.store.keys import KeyRing

_CODE_FIELDS: Final = Challenge.__struct_fields__


def code_key(keys: KeyRing) -> bytes:
    """Return the key that digests of codes stand under: derived from the join key, which isn't in the book."""
    return hmac.new(keys.newest("join").secret, b"wurao one-time codes", hashlib.sha256).digest()


class BookChallenges:
    """The book as codes ask for it."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.sent_since = book.codes_sent_since
        self.put_proof = book.put_code_proof
        self.proven = book.code_proof
        self.end_proof = book.end_code_proof

    def put_challenge(self, challenge: Challenge, since_us: int, at_most: int) -> bool:
        """Keep a challenge; return False, and mark it not sent, if its number was sent ``at_most`` since then."""
        return self._book.put_code(CodeRow(**msgspec.structs.asdict(challenge)), since_us, at_most)

    def take_try(self, ticket_hash: str, now_us: int, tries: int) -> Challenge | None:
        """Count a try and return the challenge; None if it is unknown, over, used or tried ``tries`` times."""
        row = self._book.try_code(ticket_hash, now_us, tries)
        return None if row is None else Challenge(**{name: getattr(row, name) for name in _CODE_FIELDS})


class LiveProofs:
    """Has codes sent and turns the right ones into proofs; ``appeal`` returns its section of the policy."""

    def __init__(
        self, clock: Clock, store: BookChallenges, key: bytes, appeal: Callable[[], Appeal], errands: Errands
    ) -> None:
        self._clock = clock
        self._store = store
        self._key = key
        self._appeal = appeal
        self._errands = errands
        self.outcomes = Counter("wurao_codes_total", "One-time codes asked for, by outcome", ["outcome"], registry=None)

    def redress(self) -> Redress:
        """Return how people may appeal beside filing."""
        return Redress(codes=self._deliver() is not None, short_code=self._appeal().short_code)

    def ask(self, number: int, language: str) -> Ticket | None:
        """Have a code sent to a number and return its ticket, None when too many were sent for now."""
        deliver, appeal = self._deliver(), self._appeal()
        if deliver is None:
            raise InputError("no codes are sent here", mend="file the appeal, a person will decide")
        if not codes.reachable(number, appeal.code_also):
            raise InputError("no code can go to this kind of number", mend="file the appeal, a person will decide")
        asked = codes.ask(self._store, self._key, number, self._clock.now_us(), appeal.codes_an_hour)
        if asked is None:
            return None
        if asked.code is None:
            self.outcomes.labels("withheld").inc()
        else:
            sent = Code(dialled(number), asked.code, codes.LASTS_US // MINUTE_US, language)
            self._errands.send(deliver, number, sent, self._count)
        return Ticket(asked.ticket, asked.expires_us)

    def prove(self, ticket: str, code: str) -> Proof | None:
        """Return the proof for the right code, None for any other, for one that is over, used or tried too often."""
        proof = codes.prove(self._store, self._key, ticket, code, self._clock.now_us())
        return None if proof is None else Proof(proof.token, proof.expires_us)

    def number(self, proof: str) -> int:
        """Return the number that the bearer of a proof holds, 0 if it is unknown or over."""
        return codes.number_of(self._store, proof, self._clock.now_us())

    def forget(self, proof: str) -> None:
        """End a proof."""
        codes.forget(self._store, proof)

    def _deliver(self) -> Deliver | None:
        command = self._appeal().code_command
        return by_command(command) if command else self._errands.deliver

    def _count(self, delivered: bool) -> None:  # noqa: FBT001 - what became of an errand
        self.outcomes.labels("sent" if delivered else "failed").inc()
