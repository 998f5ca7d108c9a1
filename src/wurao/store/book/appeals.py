"""Appeals against what was done with the calls of a number, from filing to decision."""

from typing import Any, Final, Literal

import msgspec
from sqlalchemy import BigInteger, Column, String, Table, Text, and_, func, select, update

from wurao.core.errors import InputError
from wurao.store.book.engine import metadata
from wurao.store.book.transaction import MAX_NOTE, Part

AppealState = Literal["pending", "redressed", "rejected"]
MAX_QUEUE: Final = 1_000

appeals = Table(
    "appeals",
    metadata,
    Column("appeal_id", String(32), primary_key=True),
    Column("number", BigInteger, nullable=False, index=True),
    Column("receipt", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("holder", String(128), nullable=False, index=True),
    Column("filed_us", BigInteger, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("reason", String(MAX_NOTE), nullable=False),
    Column("decided_us", BigInteger, nullable=False),
    Column("decided_by", String(64), nullable=False),
    Column("probation_until_us", BigInteger, nullable=False),
)


class AppealRow(msgspec.Struct, frozen=True):
    """One appeal; ``holder`` is whoever proved to hold the number ("" = nobody did), times are microseconds UTC.

    ``probation_until_us`` is not 0 if the redress was automatic: it lasts on trial until then.
    """

    appeal_id: str
    number: int
    receipt: str
    text: str
    holder: str
    filed_us: int
    state: AppealState = "pending"
    reason: str = ""
    decided_us: int = 0
    decided_by: str = ""
    probation_until_us: int = 0


class AppealRows(Part):
    """Reads and writes appeals."""

    def put_appeal(self, appeal: AppealRow) -> None:
        """Write a new appeal."""
        with self.together() as writing:
            writing.connection.execute(appeals.insert(), msgspec.structs.asdict(appeal))
            writing.note("appeal", subject=appeal.number, note=f"{appeal.appeal_id} {appeal.state}")

    def claim_appeal(self, claimed: AppealRow) -> None:
        """Write who proved to hold the number, and the words, of an appeal that is pending and nobody's yet."""
        nobodys = and_(appeals.c.appeal_id == claimed.appeal_id, appeals.c.state == "pending", appeals.c.holder == "")
        with self.together() as writing:
            claiming = update(appeals).where(nobodys).values(holder=claimed.holder, text=claimed.text)
            writing.connection.execute(claiming)

    def settle_appeal(self, settled: AppealRow) -> None:
        """Write the decision on a pending appeal; raises InputError if it is decided already or unknown."""
        pending = and_(appeals.c.appeal_id == settled.appeal_id, appeals.c.state == "pending")
        with self.together() as writing:
            done = writing.connection.execute(update(appeals).where(pending).values(msgspec.structs.asdict(settled)))
            if not done.rowcount:
                raise InputError("this appeal is not pending", mend="see its state before deciding")
            writing.note("appeal", subject=settled.number, note=f"{settled.appeal_id} {settled.state}")

    def appeal(self, appeal_id: str) -> AppealRow | None:
        """Return one appeal."""
        found = self._appeals(appeals.c.appeal_id == appeal_id, limit=1)
        return found[0] if found else None

    def appeals_of(self, number: int) -> list[AppealRow]:
        """Return the appeals for one number, newest first."""
        return self._appeals(appeals.c.number == number, limit=MAX_QUEUE)

    def appeals_by(self, holder: str, since_us: int) -> list[AppealRow]:
        """Return what a proven holder filed since then, newest first."""
        return self._appeals(and_(appeals.c.holder == holder, appeals.c.filed_us > since_us), limit=MAX_QUEUE)

    def appeal_queue(self, state: AppealState, limit: int = 100) -> list[AppealRow]:
        """Return appeals in a state: pending oldest first, decided newest first."""
        order = appeals.c.filed_us if state == "pending" else appeals.c.decided_us.desc()
        return self._appeals(appeals.c.state == state, limit=min(limit, MAX_QUEUE), order=order)

    def appeal_count(self, state: AppealState) -> int:
        """Return how many appeals are in a state."""
        with self.reading() as connection:
            count: int = connection.execute(select(func.count()).where(appeals.c.state == state)).scalar_one()
            return count

    def upheld(self) -> dict[int, int]:
        """Return for each number whose appeal a person upheld when that was last: whoever reported it was mistaken."""
        return self._redressed(and_(appeals.c.state == "redressed", appeals.c.probation_until_us == 0))

    def redressed(self) -> dict[int, int]:
        """Return for each number that was ever redressed when that was last: earlier reports of it don't count."""
        return self._redressed(appeals.c.state == "redressed")

    def _redressed(self, wanted: Any) -> dict[int, int]:
        query = select(appeals.c.number, func.max(appeals.c.decided_us)).where(wanted).group_by(appeals.c.number)
        with self.reading() as connection:
            return {number: int(at_us) for number, at_us in connection.execute(query)}

    def _appeals(self, wanted: Any, *, limit: int, order: Any = None) -> list[AppealRow]:
        newest = appeals.c.filed_us.desc() if order is None else order
        query = select(appeals).where(wanted).order_by(newest, appeals.c.appeal_id).limit(limit)
        with self.reading() as connection:
            return [AppealRow(**row) for row in connection.execute(query).mappings()]
