"""Appeals: from filing to their effect in the tables, the rule's budget and the reporters' weights.

Pending → Redressed or Rejected, decided once by a person. Whoever has proved to hold the number is redressed at once,
one time in 90 days, on probation; anybody else waits for a person, else a robot would appeal for every vest. A redress
clears what was reported before it and adds REDRESSED; it lapses when enough people report the number again. Each
decision is one transaction with its changes, so the shield follows it within a second.
"""

import secrets
from collections.abc import Collection
from typing import Final

import msgspec

from wurao.core.clock import DAY_US, Clock
from wurao.core.errors import InputError, PolicyError
from wurao.core.payload import INVALID_CALLER
from wurao.core.standing import Standing
from wurao.store.book import Book
from wurao.store.book.appeals import AppealRow
from wurao.store.book.standing import StandingKey

REDRESSED: Final = "REDRESSED"
REPORTED: Final = "REPORTED"
GOODWILL: Final = frozenset({REDRESSED, "LEGITIMATE_BULK", "MAP_ALLOW", "VERIFIED_CALLER"})
"""Symbols that speak for a number."""
ON_PROBATION: Final = "holder proved; redressed on probation"
"""The reason of an automatic redress; pages say it in their own words."""
PROBATION_US: Final = 90 * DAY_US
UPHELD_US: Final = 365 * DAY_US
"""How long a redress holds that a person decided."""
LAPSE_PROBATION: Final = 3
LAPSE_UPHELD: Final = 10
"""New reporters after which a redress lapses."""
MAX_TEXT: Final = 2_000
MAX_REASON: Final = 200
MAX_PENDING: Final = 3
"""Appeals of one number that may wait at a time, its holder's and strangers' each."""
MAX_A_DAY: Final = 5
"""Appeals of one number within 24 hours, its holder's and strangers' each."""


def file(book: Book, clock: Clock, number: int, *, receipt: str = "", text: str = "", holder: str = "") -> AppealRow:
    """Keep an appeal for ``number`` and return it; one that is pending for the same receipt is returned instead.

    ``holder`` names whoever proved to hold the number ("" = nobody did); a holder takes over what nobody proved to have
    filed. Raises InputError for an unusable appeal, PolicyError when too many appeals came for the number.
    """
    if not 0 < number < INVALID_CALLER:
        raise InputError("there is no number to appeal for", mend="name the number whose calls were stopped")
    if len(text) > MAX_TEXT or len(receipt) > 64 or len(holder) > 128:
        raise InputError(f"the appeal is too long (at most {MAX_TEXT} characters)", mend="shorten it")
    with book.together():
        earlier = [one for one in book.appeals_of(number) if one.holder in ("", holder)]
        waiting = [one for one in earlier if one.state == "pending" and one.receipt == receipt]
        appeal = next(iter(sorted(waiting, key=lambda one: one.holder != holder)), None)
        if appeal is not None and appeal.holder == holder:
            return appeal
        if appeal is None:
            _limit([one for one in earlier if one.holder == holder], clock.now_us())
            appeal = AppealRow(secrets.token_hex(12), number, receipt, text, holder, clock.now_us())
            book.put_appeal(appeal)
        else:
            appeal = msgspec.structs.replace(appeal, holder=holder, text=text or appeal.text)
            book.claim_appeal(appeal)
        if not holder or _had_automatic(book, holder, clock.now_us()):
            return appeal
        return _redress_on_probation(book, appeal, clock.now_us())


def decide(
    book: Book,
    clock: Clock,
    appeal_id: str,
    *,
    uphold: bool,
    who: str,
    reason: str,
    symbols: Collection[str] = (),
) -> AppealRow:
    """Decide a pending appeal and return it; upheld, the number is cleared and the rules that stopped it pay.

    ``symbols`` are those of the receipt; without them all that stand against the number now. Raises InputError if the
    appeal is unknown or decided already, or no reason is given.
    """
    if not reason.strip() or len(reason) > MAX_REASON:
        raise InputError(f"a decision needs a reason of at most {MAX_REASON} characters")
    with book.together():
        appeal = book.appeal(appeal_id)
        if appeal is None:
            raise InputError(f"there is no appeal {appeal_id[:40]!r}")
        now_us = clock.now_us()
        settled = msgspec.structs.replace(
            appeal,
            state="redressed" if uphold else "rejected",
            reason=reason.strip(),
            decided_us=now_us,
            decided_by=who[:64],
        )
        book.settle_appeal(settled)
        if uphold:
            _charge_rules(book, settled, symbols)
            _clear(book, settled, until_us=now_us + UPHELD_US)
        return settled


def lapse_if_reported(book: Book, number: int) -> bool:
    """End the redress of a number that enough people reported since; return whether it ended.

    Votes before the redress don't count any more, so the reporters in its REPORTED row are all later.
    """
    with book.together():
        rows = {row.symbol: row for row in book.standing_of(number)}
        redress, reported = rows.get(REDRESSED), rows.get(REPORTED)
        if redress is None or reported is None:
            return False
        enough = LAPSE_PROBATION if redress.facts.get("probation") else LAPSE_UPHELD
        if int(reported.facts.get("reporters", 0)) < enough:
            return False
        book.write_standing((), clear=[StandingKey(number, symbol=REDRESSED)])
        return True


def _limit(earlier: list[AppealRow], now_us: int) -> None:
    pending = sum(one.state == "pending" for one in earlier)
    today = sum(one.filed_us > now_us - DAY_US for one in earlier)
    if pending >= MAX_PENDING or today >= MAX_A_DAY:
        raise PolicyError("this number has appealed often enough for now", mend="wait for the decision")


def _had_automatic(book: Book, holder: str, now_us: int) -> bool:
    return any(one.probation_until_us for one in book.appeals_by(holder, now_us - PROBATION_US))


def _redress_on_probation(book: Book, appeal: AppealRow, now_us: int) -> AppealRow:
    settled = msgspec.structs.replace(
        appeal,
        state="redressed",
        reason=ON_PROBATION,
        decided_us=now_us,
        decided_by="automatic",
        probation_until_us=now_us + PROBATION_US,
    )
    book.settle_appeal(settled)
    _clear(book, settled, until_us=settled.probation_until_us)
    return settled


def _charge_rules(book: Book, appeal: AppealRow, symbols: Collection[str]) -> None:
    """Count a false block against each rule that spoke against the number."""
    known = {rule.name for rule in book.rules()}
    against = set(symbols) or {row.symbol for row in book.standings_for(appeal.number)}
    for symbol in sorted(against & known - GOODWILL):
        book.count_false_block(symbol, appeal.number, appeal.decided_us)


def _clear(book: Book, appeal: AppealRow, until_us: int) -> None:
    redress = Standing(
        subject=appeal.number,
        symbol=REDRESSED,
        strength=1.0,
        source="appeal",
        observed_us=appeal.decided_us,
        facts={"appeal": appeal.appeal_id, "probation": int(appeal.probation_until_us > 0)},
        expires_us=until_us,
    )
    book.write_standing([redress], clear=[StandingKey(appeal.number, symbol=REPORTED)])
