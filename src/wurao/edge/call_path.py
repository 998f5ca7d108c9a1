"""What every edge in a call path holds: it follows the tables, decides, and hands each decision to its own ring.

Nothing here waits for the service, and whatever is missing the phone rings: no tables means no decision, no ring means
that the decision isn't kept, which is counted.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from wurao.core import numbers_judge  # noqa: F401 - loaded at the start: a call has no tenth of a second for it
from wurao.core.clock import Clock
from wurao.core.errors import Error
from wurao.edge import ring
from wurao.edge._screener import Screened, Screener
from wurao.edge.receipts import RECEIPT
from wurao.edge.ring import Refusal, RingWriter
from wurao.edge.ringless import Ringless
from wurao.edge.sip.identity import Identity
from wurao.screening.compiled_policy import CompiledPolicy
from wurao.screening.following import Following
from wurao.store.keys import public_halves
from wurao.store.tables.tableset import TableSet, Verified

FOLLOW_US: Final = 200_000
"""How often an edge looks whether the tables were switched, or whether there are any now."""
SAY_S: Final = 1.0
"""The shortest time between two lines of a log."""

Say = Callable[[str], None]


class CallPath:
    """One thread's way from a call to its decision; ``say`` logs a line, ``verified`` as TableSet asks it.

    ``identity`` reads what the policy in force trusts of a caller's identity.
    ``speaks_sip``: a label that a trunk's settings can't carry to the phone is kept as rung unlabelled.
    """

    def __init__(
        self,
        home: Path,
        rings: Path,
        clock: Clock,
        say: Say,
        verified: Verified | None = None,
        *,
        speaks_sip: bool = False,
    ) -> None:
        self._home = home
        self._rings = rings
        self._clock = clock
        self._log = say
        self._verified = verified
        self._speaks_sip = speaks_sip
        self._ring: RingWriter | None = None
        self._ringless: Ringless | None = None
        self._key = b""
        self._following: Following | None = None
        self._screener: Screener | None = None
        self._began_us = 0
        self._looked_us = -FOLLOW_US
        self.identity = Identity(None, clock)
        self._said = ""
        self._said_at = -SAY_S

    @property
    def policy(self) -> CompiledPolicy | None:
        """The policy in force, None before there are tables; ``follow`` may change it."""
        return self._following.policy if self._following else None

    @property
    def screener(self) -> Screener | None:
        """What decides now and needs nothing but a call, None before there are tables and where calls are counted."""
        return None if self._ringless else self._screener

    def open_ring(self, name: str) -> None:
        """Open a ring of this name; without one calls are decided all the same and their decisions are lost."""
        try:
            self._ring = RingWriter(ring.make_folder(self._rings), name)
            self._key = ring.key_of(self._rings)
        except Exception as fault:  # noqa: BLE001 - an edge starts whatever it is
            self.say(f"this edge's decisions are lost: {fault}")
        if self._ring is None:
            with suppress(Exception):  # a folder of somebody else's: said already
                self._ringless = Ringless(ring.make_folder(self._rings))
        self._set_up()

    def screen(self, caller: str, callee: str, ingress: str, attestation: str = "", call: str = "") -> Screened | None:
        """Decide a call by the numbers' text from the network; None before there are tables.

        A decision later than BUDGET_US after ``follow`` rings. ``call`` names a call whose request may come again.
        """
        if self._screener is None:
            return None
        if self._ringless:
            self._ringless.count()
        now_us = self._clock.now_us()
        return self._screener.screen(caller, callee, ingress, now_us, self._began_us, attestation, call)

    def refused(self, receipt: str) -> bool:
        """Hand over that the called person refused the call of this receipt as unwanted (RFC 8197).

        False where that is no receipt or it can't be handed over.
        """
        if not self._ring or not RECEIPT.fullmatch(receipt):
            return False
        return self._ring.refuse(Refusal(self._clock.now_us(), receipt))

    def close(self) -> None:
        """Let go of the ring; nothing is decided from now on."""
        self._screener = None
        for held in (self._ring, self._ringless):
            if held:
                held.close()
        self._ringless = None

    def follow(self) -> None:
        """Begin with a call: take up tables that were switched to; looks no more often than every FOLLOW_US."""
        self._began_us = time.monotonic_ns() // 1_000
        if self._began_us - self._looked_us >= FOLLOW_US:
            self._looked_us = self._began_us
            self._look()

    def say(self, line: str) -> None:
        """Log a line unless it is the one logged last or follows it too soon: a fault a call must not fill the disk."""
        now = time.monotonic()
        if line and line != self._said:
            if now - self._said_at < SAY_S:
                return
            self._log(line)
            self._said_at = now
        self._said = line

    def _look(self) -> None:
        try:
            if self._following is None:
                keys = public_halves(self._home / "public")
                self._following = Following(TableSet.open(self._home / "tables", keys, self._verified))
                self._set_up()
            elif self._following.follow():
                self._stand()
            self.say(self._following.tables.refused)
        except Error as error:
            self.say(error.diagnostics())

    def _certificates(self, folder: str) -> Path | None:
        if not folder:
            return None
        path = self._home / "conf" / folder
        if not path.is_dir():
            self.say(f"{path}: no folder of certificates, so no signature is trusted")
        return path

    def _set_up(self) -> None:
        if self._following:
            slots = self._ring.slots if self._ring else None
            self._screener = Screener(self._following.decider, slots, self._key, self._speaks_sip)
            self._stand()

    def _stand(self) -> None:
        if self._following and self._screener:
            self.identity = Identity(self._certificates(self._following.policy.certificates), self._clock)
            generation = self._following.generation
            self._screener.stand_on(generation.number, generation.change)
