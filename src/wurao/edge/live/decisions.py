"""Decisions at rest: from the edge's noun to a row of journal and lake, and back for those who may see."""

from typing import Any, Final, cast

import pyarrow as pa

from wurao.core.clock import DAY_US
from wurao.edge.live.batch import Batch, Outcome
from wurao.edge.nouns import Decision, DecisionFilter
from wurao.store.identities import Enrolled, Identities
from wurao.store.journal import Journal
from wurao.store.lake import Lake, reading
from wurao.store.schema import ID

OLDEST_US: Final = 90 * DAY_US
"""How far back the history pages look when no time is asked for."""


class Decisions:
    """Keeps decisions in the journal and reads them back from journal and lake."""

    def __init__(self, lake: Lake, journal: Journal, identities: Identities, enrolled: Enrolled) -> None:
        self._lake = lake
        self._journal = journal
        self._identities = identities
        self._enrolled = enrolled

    def keep(self, batch: Batch) -> None:
        """Return when the decisions are on the disk; raises StoreError."""
        table = _table(batch, self._identities)
        self._journal.append_table("decisions", self._identities.protect_live("decisions", table, self._enrolled))

    def known(self, receipts: list[str]) -> set[str]:
        """Return which of these receipts are kept."""
        with self._lake.connection() as connection, reading():
            self._lake.relation(connection, "decisions").create_view("rows")
            query = "select receipt from rows where receipt in (select unnest(?))"
            found: list[tuple[str]] = connection.execute(query, [receipts]).fetchall()
        return {receipt for (receipt,) in found}

    def newest(self, limit: int, now_us: int) -> list[Decision]:
        """Return the latest decisions, oldest first."""
        found = self.older(DecisionFilter(since_us=now_us - OLDEST_US, limit=limit))
        return found[::-1]

    def older(self, wanted: DecisionFilter) -> list[Decision]:
        """Return decisions that pass the filter, newest first, from journal and lake. Raises StoreError."""
        where, values = self._conditions(wanted)
        with self._lake.connection() as connection, reading():
            rows = self._lake.relation(connection, "decisions", wanted.since_us or None, wanted.until_us or None)
            rows.create_view("rows")
            query = f"select * from rows where {where} order by at_us desc limit {int(wanted.limit)}"  # noqa: S608
            table: pa.Table = cast("Any", connection.sql(query, params=values)).to_arrow_table()
        return [_decision(row) for row in self._revealed(table).to_pylist()]

    def _conditions(self, wanted: DecisionFilter) -> tuple[str, list[Any]]:
        conditions, values = ["true"], []
        for column in ("action", "category", "ingress", "receipt"):
            if value := getattr(wanted, column):
                conditions.append(f"{column} = ?")
                values.append(value)
        if wanted.number:
            conditions.append("(caller_id = ? or callee_id = ?)")
            values += [self._identities.id_of(wanted.number)] * 2
        if wanted.callee:
            conditions.append("callee_id = ?")
            values.append(self._identities.id_of(wanted.callee))
        return " and ".join(conditions), values

    def _revealed(self, table: pa.Table) -> pa.Table:
        # Pages mask numbers by the role of whoever looks (access.looking); here the service itself reads its own.
        return self._identities.reveal("decisions", table, frozenset({"operator"}))


_NUMBERS: Final = ("caller", "callee", "at_us", "generation", "change")
_SHARED: Final = {"code": pa.int32(), "score_deci": pa.int32()}
"""Columns of an outcome that are no text."""


def _table(batch: Batch, identities: Identities) -> pa.Table:
    receipts = batch.rows["receipt"].tolist()
    of = pa.array(batch.rows["outcome"])
    shared = {
        name: pa.array([_told(value) for value in values], _SHARED.get(name, pa.string())).take(of)
        for name, values in zip(Outcome._fields, zip(*batch.outcomes, strict=True), strict=True)
    }
    told: Any = {name: batch.rows[name] for name in _NUMBERS} | {
        "receipt": pa.array([receipt.decode() for receipt in receipts]),
        "row_id": pa.array([identities.row_id(b"decisions\0" + receipt) for receipt in receipts], ID),
        "source": pa.repeat("edge", len(receipts)),
        **shared,
    }
    return pa.table(told)


def _told(value: object) -> object:
    return " ".join(value) if isinstance(value, tuple) else value


def _decision(row: dict[str, Any]) -> Decision:
    fields = {name: row[name] for name in Decision.__struct_fields__}
    fields["symbols"] = tuple((row["symbols"] or "").split())
    return Decision(**fields)
