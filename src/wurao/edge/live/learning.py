"""Learning: reports at rest become standing in the book – all of them anew, with what the book knows against them."""

from typing import Any, Final, cast

import pyarrow as pa

from wurao.core.clock import Clock
from wurao.edge.live.numbers import DESK, NUISANCE
from wurao.reporting import weights
from wurao.reporting.trust import PRIOR
from wurao.store.book import Book
from wurao.store.identities import Identities
from wurao.store.lake import Lake, reading

CENTRE: Final = 1.0
"""What an anonymous report of an imported file weighs: a complaint centre took it down."""
UNCHECKED: Final = PRIOR
"""What an anonymous report over the API weighs: no more than a stranger's who gives a name."""
API: Final = "api"
"""The ``source`` of reports that came over the API."""
UNVOUCHED: Final = "607-unvouched"
"""The ``source`` of reports that move nothing but the reporter's own list."""

_REPORTS: Final = """
SELECT reporter_id AS reporter, subject_number, subject_number_sealed, occurred_us, category, method,
       coalesce(wanted, '0') = '1' AS wanted, CASE WHEN source = $api THEN $unchecked ELSE $centre END AS weight
FROM report WHERE subject_number_id IS NOT NULL AND coalesce(target, 'call') IN ('call', 'message')
      AND coalesce(received_us, occurred_us) <= $now AND coalesce(source, '') <> $unvouched
"""
_ANSWERED: Final = """
SELECT caller AS number, count(*) FILTER (talk_ms > 0)::BIGINT AS answered
FROM call SEMI JOIN named ON call.caller = named.subject_number GROUP BY caller
"""


def learn(lake: Lake, identities: Identities, book: Book, clock: Clock) -> int:
    """Weigh all reports received by now; the result is all that reporting knows. Return how many rows it wrote.

    Raises StoreError.
    """
    reports, answered = _read(lake, identities, clock.now_us())
    hands, redressed = book.new_hands(), book.redressed()
    resets = {number: max(hands.get(number, 0), redressed.get(number, 0)) for number in hands | redressed}
    background = weights.Background(resets, _verdicts(book), answered)
    weighed = weights.weigh(reports, clock.now_us(), background)
    return book.replace_standing(weights.SOURCE, weighed.standing())


def _verdicts(book: Book) -> dict[int, bool]:
    """Return the numbers of which a person judged whether they are a nuisance, at the desk or on an appeal."""
    taught = {row.subject: row.symbol == NUISANCE for row in book.each_standing(DESK)}
    return taught | dict.fromkeys(book.upheld(), False)


def _read(lake: Lake, identities: Identities, now_us: int) -> tuple[pa.Table, dict[int, int]]:
    with lake.connection() as connection, reading():
        lake.relation(connection, "reports").create_view("report")
        lake.relation(connection, "calls").create_view("call")
        values = {"api": API, "unchecked": UNCHECKED, "centre": CENTRE, "now": now_us, "unvouched": UNVOUCHED}
        found = _table(connection.sql(_REPORTS, params=values))
        connection.register("named", found.select(["subject_number"]))
        answered = _table(connection.sql(_ANSWERED))
    counts = {row["number"]: row["answered"] for row in answered.to_pylist()}
    return _revealed(found, identities), counts


def _revealed(found: pa.Table, identities: Identities) -> pa.Table:
    # A subscriber may be reported too; the service opens the number for the book, which is owner-only.
    shown = identities.reveal("reports", found, frozenset({"operator"}))
    return shown.rename_columns([{"subject_number": "subject"}.get(name, name) for name in shown.column_names])


def _table(relation: object) -> pa.Table:
    return cast("pa.Table", cast("Any", relation).to_arrow_table())
