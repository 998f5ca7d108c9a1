"""Codes sent to numbers, and the proofs of holding them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "codes",
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("proof_hash", sa.String(length=64), nullable=False),
        sa.Column("proof_until_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_codes")),
    )
    op.create_index(op.f("ix_codes_number"), "codes", ["number"], unique=False)
    op.create_index(op.f("ix_codes_asked_us"), "codes", ["asked_us"], unique=False)
    op.create_index(op.f("ix_codes_proof_hash"), "codes", ["proof_hash"], unique=False)
    counters = sa.table("counters", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counters, [{"name": "code", "value": 0}])
