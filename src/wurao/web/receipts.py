"""The receipt (来电凭条) of one decision as a page shows it: 挡 what was done and why, 认 who it is, 报, 查."""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import msgspec

from wurao.core.clock import CHINA
from wurao.core.payload import INVALID_CALLER
from wurao.core.standing import Standing
from wurao.edge.http.language import Language
from wurao.edge.nouns import Decision
from wurao.edge.services import Rules
from wurao.web import words
from wurao.web.language import Translate, translator
from wurao.web.language import marked as _

_REPORTED: Final = frozenset({"REPORTED", "LISTED"})


class Sight(Protocol):
    """How a reader sees numbers."""

    def show(self, number: int) -> str:
        """Return a number as the reader's role may see it."""

    def mask(self, number: int) -> str:
        """Return a number as anybody of the desk may see it."""


class Receipt(msgspec.Struct, frozen=True):
    """One row of a list, in the reader's words; ``caller`` and ``callee`` as the reader may see them."""

    receipt: str
    caller: str
    callee: str
    day: str
    time: str
    action: str
    action_text: str
    shadow: bool
    score: str
    reason: str
    who: str
    reported: str
    traced: str
    ingress: str
    answerable: bool


def local(at_us: int) -> datetime:
    """Return an instant as Chinese local time."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).astimezone(CHINA)


class ReceiptWriter:
    """Writes receipts in one language; symbol titles come from the rules."""

    def __init__(self, rules: Rules, language: Language) -> None:
        self._language = language
        self._say: Translate = translator(language)
        self._titles = {rule.name: rule.title_zh if language == "zh" else rule.title_en for rule in rules.all()}

    def write(self, row: Decision, eyes: Sight, *, clear: bool = False) -> Receipt:
        """Return the receipt of a decision; with ``clear`` the caller is shown as the reader's role may see it."""
        at = local(row.at_us)
        return Receipt(
            receipt=row.receipt,
            caller=self.caller(row.caller, eyes, clear=clear),
            callee=eyes.mask(row.callee),
            day=at.strftime("%m-%d"),
            time=at.strftime("%H:%M:%S"),
            action=row.action,
            action_text=self._say(words.action(row)),
            shadow=row.state == "shadow",
            score=f"{row.score_deci / 10:.1f}",
            reason=self.reason(row),
            who=words.category(row.category, self._language),
            reported=self._say(_("已有举报")) if _REPORTED & set(row.symbols) else self._say(_("暂无举报")),
            traced=self._say(_("来源未查")),
            ingress=row.ingress,
            answerable=row.caller not in (0, INVALID_CALLER),
        )

    def caller(self, number: int, eyes: Sight, *, clear: bool = False) -> str:
        """Return a caller, or in words that there is no number."""
        if number == 0:
            return self._say(_("隐藏号码"))
        if number == INVALID_CALLER:
            return self._say(_("无效号码"))
        return eyes.show(number) if clear else eyes.mask(number)

    def reason(self, row: Decision) -> str:
        """Return the reason in a sentence: the guard that settled it, else the symbols that spoke."""
        if row.guard in ("system", "none") and row.symbols:
            return self._say(_("；")).join(self._titles.get(name, name) for name in row.symbols)
        return self._say(words.GUARDS.get(row.guard, row.guard))

    def title(self, symbol: str) -> str:
        """Return a symbol's title."""
        return self._titles.get(symbol, symbol)

    def subject(self, standing: Standing, shown: str) -> str:
        """Return what a standing row speaks of: the number itself or its block of 10^span."""
        if not standing.span:
            return shown
        return self._say(_("同号段 {count} 个号码")).format(count=f"{10**standing.span:,}")
