"""What Kamailio's workers call: one method a call, results in ``$var``s, and whatever goes wrong the phone rings.

Kamailio loads the script once and forks: tables are mapped before, the ring is opened in each worker after. An
exception that left a method would leave the call without an answer (KEMI), so none does.
"""

import time
from pathlib import Path
from typing import Any, Final

from wurao.core.clock import Clock
from wurao.core.errors import Error
from wurao.core.payload import INVALID_CALLER
from wurao.edge import ring
from wurao.edge.kamailio.answers import GO_ON, Answer, answer
from wurao.edge.kamailio.vouching import Vouched, Voucher
from wurao.edge.receipts import RECEIPT, Receipts, fresh_secrets
from wurao.edge.ring import Record, Refusal, RingWriter
from wurao.screening._decide import number_of
from wurao.screening._recent import RecentCalls
from wurao.screening.compiled_policy import Settings
from wurao.screening.following import Following
from wurao.store.keys import public_halves
from wurao.store.tables.tableset import TableSet

FOLLOW_S: Final = 0.2
"""How often a worker looks whether the tables were switched, or whether there are any now."""
MANY_SECRETS: Final = 1_000
"""Receipts' secrets are drawn so many at once."""
OK: Final = 1


class Route:
    """The object that Kamailio's script returns from ``mod_init``; ``ksr`` is Kamailio's module ``KSR``."""

    def __init__(self, ksr: Any, home: Path, rings: Path, clock: Clock) -> None:
        self._ksr = ksr
        self._home = home
        self._rings = rings
        self._clock = clock
        self._following: Following | None = None
        self._ring: RingWriter | None = None
        self._voucher: Voucher | None = None
        self._receipts = Receipts()
        self._recent = RecentCalls()
        self._secrets: list[bytes] = []
        self._looked = 0.0
        self._said = ""
        self.faults = 0
        self._follow()

    def vouch(self, _msg: object) -> int:
        """Hash what is in force, for all workers: called by a timer in a process of its own, beside the call path."""
        try:
            if self._voucher is None:
                tables = TableSet(self._home / "tables", public_halves(self._home / "public"))
                self._voucher = Voucher(tables, self._rings)
            self._voucher.vouch()
        except Exception as fault:  # noqa: BLE001 - the workers then hash for themselves
            self._say(f"nobody verifies the tables: {fault}")
        return OK

    def child_init(self, rank: int) -> int:
        """Open this worker's ring; without one calls are decided all the same and each is counted as lost."""
        if rank > 0:
            try:
                self._ring = RingWriter(ring.make_folder(self._rings), f"kamailio-{rank}")
            except Exception as fault:  # noqa: BLE001 - a worker starts whatever it is
                self._say(f"this worker's decisions are lost: {fault}")
        return OK

    def decide(self, _msg: object, trunk: str = "") -> int:
        """Decide the INVITE at hand, over ``trunk``: ``$var(wurao_code)`` stays 0 where the call goes on.

        Then ``$avp(wurao_receipt)`` names its receipt, else ``$var(wurao_phrase)`` and ``$var(wurao_headers)`` complete
        the answer.
        """
        try:
            self._tell(self._answer(trunk))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the phone rings
            self.faults += 1
            self._say(f"a call rings because of a fault: {type(fault).__name__}: {fault}")
        return OK

    def refused(self, _msg: object, receipt: str = "") -> int:
        """Hand over that the called person refused the call of this receipt as unwanted (RFC 8197)."""
        try:
            if self._ring and RECEIPT.fullmatch(receipt):
                self._ring.refuse(Refusal(self._clock.now_us(), receipt))
        except Exception as fault:  # noqa: BLE001 - the call itself goes on
            self._say(f"a refusal is lost: {type(fault).__name__}: {fault}")
        return OK

    def _tell(self, answered: Answer) -> None:
        pv = self._ksr.pv
        if answered.code:
            pv.sets("$var(wurao_phrase)", answered.phrase)
            pv.sets("$var(wurao_headers)", answered.headers)
            pv.seti("$var(wurao_code)", answered.code)  # last: the route set 0, and that rings

    def _answer(self, trunk: str) -> Answer:
        began = time.monotonic_ns()
        self._follow()
        following = self._following
        if following is None:
            return GO_ON
        settings = following.policy.settings[following.policy.ingress.get(trunk, 0)]
        caller = number_of(self._caller(settings), INVALID_CALLER)
        callee = number_of(self._callee(settings), 0)
        at_us = self._clock.now_us()
        repeat = self._recent.seen(callee, caller, at_us)
        decision = following.decider.decide(caller, callee, trunk, at_us, repeat)
        secret = self._secret()
        if self._ring:
            took_us = (time.monotonic_ns() - began) // 1000
            generation = following.generation.number
            told = (caller, callee, decision.word, following.tables.change, generation, took_us)
            self._ring.put(Record(at_us, *told, trunk, secret))
        receipt = self._receipts.id_of(at_us, secret)
        if decision.rings and settings.answer != "redirect":
            self._ksr.pv.sets("$avp(wurao_receipt)", receipt)  # known again should the called person refuse
            return GO_ON
        return answer(decision.unpack(), settings.answer, following.policy.redress, receipt)

    def _caller(self, settings: Settings) -> str:
        asserted = self._get("$(ai{uri.user})") if settings.caller == "pai" else ""
        return asserted or self._get("$fU")

    def _callee(self, settings: Settings) -> str:
        forwarding = self._get("$(di{uri.user})") if settings.callee == "diversion" else ""
        return forwarding or self._get("$rU")

    def _get(self, name: str) -> str:
        value = self._ksr.pv.get(name)
        return "" if value is None else str(value)

    def _secret(self) -> bytes:
        if not self._secrets:
            self._secrets = fresh_secrets(MANY_SECRETS)
        return self._secrets.pop()

    def _follow(self) -> None:
        now = time.monotonic()
        if now - self._looked < FOLLOW_S:
            return
        self._looked = now
        try:
            if self._following is None:
                keys = public_halves(self._home / "public")
                self._following = Following(TableSet.open(self._home / "tables", keys, Vouched(self._rings)))
            else:
                self._following.follow()
                self._say(self._following.tables.refused)
        except Error as error:
            self._say(error.diagnostics())

    def _say(self, line: str) -> None:
        """Log a line unless it is the one logged last: a fault at every call must not fill the disk."""
        if line and line != self._said:
            self._ksr.err(f"wurao: {line}\n")
        self._said = line
