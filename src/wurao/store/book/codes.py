"""Codes that were sent to numbers, and the proofs of holding them; secrets come in as digests, rows go after a day."""

from typing import Final

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, SmallInteger, String, Table, and_, delete, func, select, update

from wurao.core.clock import DAY_US
from wurao.store.book.engine import metadata
from wurao.store.book.transaction import Part, take_numbers

COUNTER: Final = "code"
"""Counter of codes asked for; whoever holds it counts alone, so that two askers can't both be the last."""

codes = Table(
    "codes",
    metadata,
    Column("ticket_hash", String(64), primary_key=True),
    Column("number", BigInteger, nullable=False, index=True),
    Column("code_hash", String(64), nullable=False),
    Column("asked_us", BigInteger, nullable=False, index=True),
    Column("expires_us", BigInteger, nullable=False),
    Column("sent", Boolean, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("proof_hash", String(64), nullable=False, index=True),
    Column("proof_until_us", BigInteger, nullable=False),
)


class CodeRow(msgspec.Struct, frozen=True):
    """One code; ``proof_hash`` is "" until the right code was given, times are microseconds UTC."""

    ticket_hash: str
    number: int
    code_hash: str
    asked_us: int
    expires_us: int
    sent: bool = True
    tries: int = 0
    proof_hash: str = ""
    proof_until_us: int = 0


class CodeRows(Part):
    """Reads and writes codes and proofs."""

    def codes_sent_since(self, since_us: int) -> int:
        """Return how many codes were sent since then."""
        sent = and_(codes.c.asked_us > since_us, codes.c.sent)
        with self.reading() as connection:
            count: int = connection.execute(select(func.count()).where(sent)).scalar_one()
            return count

    def put_code(self, row: CodeRow, since_us: int, at_most: int) -> bool:
        """Write a code and drop those of yesterday; return False, and mark it not sent, if the number had enough."""
        with self.together() as writing:
            take_numbers(writing.connection, COUNTER)
            writing.connection.execute(delete(codes).where(codes.c.asked_us <= writing.at_us - DAY_US))
            mine = and_(codes.c.number == row.number, codes.c.sent, codes.c.asked_us > since_us)
            had = writing.connection.execute(select(func.count()).where(mine)).scalar_one()
            kept = msgspec.structs.replace(row, sent=row.sent and had < at_most)
            writing.connection.execute(codes.insert(), msgspec.structs.asdict(kept))
            return kept.sent

    def try_code(self, ticket_hash: str, now_us: int, tries: int) -> CodeRow | None:
        """Count a try and return the row; None if it is unknown, not sent, over, used or tried often enough."""
        open_still = and_(codes.c.sent, codes.c.proof_hash == "", codes.c.expires_us > now_us, codes.c.tries < tries)
        trying = (
            update(codes)
            .where(codes.c.ticket_hash == ticket_hash, open_still)
            .values(tries=codes.c.tries + 1)
            .returning(codes)
        )
        with self.together() as writing:
            row = writing.connection.execute(trying).mappings().first()
            return None if row is None else CodeRow(**row)

    def put_code_proof(self, ticket_hash: str, proof_hash: str, until_us: int) -> bool:
        """Write the proof that a code became; False if it became one before."""
        unused = and_(codes.c.ticket_hash == ticket_hash, codes.c.proof_hash == "")
        proving = update(codes).where(unused).values(proof_hash=proof_hash, proof_until_us=until_us)
        with self.together() as writing:
            return bool(writing.connection.execute(proving).rowcount)

    def code_proof(self, proof_hash: str, now_us: int) -> int:
        """Return the number of a proof that still lasts, else 0."""
        lasting = and_(codes.c.proof_hash == proof_hash, codes.c.proof_until_us > now_us)
        with self.reading() as connection:
            number: int | None = connection.execute(select(codes.c.number).where(lasting)).scalar()
            return number or 0

    def end_code_proof(self, proof_hash: str) -> None:
        """End a proof."""
        with self.together() as writing:
            ended = update(codes).where(codes.c.proof_hash == proof_hash).values(proof_until_us=0)
            writing.connection.execute(ended)
