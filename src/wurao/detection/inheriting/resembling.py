"""How the first calls of a new number resemble each campaign, one column a comparison, by signal family.

NaN where a call says nothing of it. Habits are compared by log-likelihood ratios – as the campaign's numbers call
against as everybody does –, summed over the calls. The model weighs them (``vest_model``).
"""

from typing import Final

import numpy as np

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, HOUR_US, MINUTE_US
from wurao.detection.inheriting.first_calls import FirstCall, habits
from wurao.detection.inheriting.signatures import HABITS, LATELY_US, SPANS, Floats, Ints, Shares, Signatures

FAMILIES: Final = {
    "block": ("block", "beside"),
    "trunk": ("ingress",),
    "callees": ("beyond", "fresh", "chatter"),
    "rhythm": ("hour", "gap"),
    "handover": ("fallen",),
}
"""Family → its comparisons; families are independent of each other, comparisons within one are not."""
CONTEXT: Final = ("born", "size")
"""How often the campaign takes a new number, and how well it is known."""
COLUMNS: Final = (*(name for names in FAMILIES.values() for name in names), *CONTEXT)
_LASTING: Final = "ingress"
"""A number hardly changes its trunk: each call says the same again, so the mean counts."""
_MOST: Final = 6.0
_PRIOR: Final = 8.0
_MISSING: Final = 3.0
"""Calls that a number would have made, at its pace, since its last one: then it has fallen silent."""
_FALLEN_US: Final = 36 * HOUR_US
_ANEW_US: Final = 5 * MINUTE_US
_HOURS: Final = 24
_PLACE: Final = {name: at for at, name in enumerate(COLUMNS)}


class Resembling:
    """Compares with the campaigns of one night; hears of their numbers' calls."""

    def __init__(self, signatures: Signatures) -> None:
        s = self._s = signatures
        n = len(s.names)
        self._lifts = {name: _lifts(shares) for name, shares in s.habits.items()}
        self._key = {name: {key: at for at, key in enumerate(shares.keys)} for name, shares in s.habits.items()}
        self._beside = np.log(s.beside[:n] / s.beside[n]), np.log((1 - s.beside[:n]) / (1 - s.beside[n]))
        self._size = np.maximum(np.bincount(s.of, minlength=n), 1)  # all of its numbers may have been erased
        self._a_day = s.calls / np.maximum((s.last_us - s.first_us) / DAY_US, 1)
        self._through = _through(s.habits["hour"], n)
        late = s.first_us > s.at_us - LATELY_US
        born = np.bincount(s.of[late], minlength=n) / (LATELY_US / DAY_US)
        self._context = {"born": np.log(born + 0.3), "size": np.log(self._size)}
        self._strays = _strays(s, n)
        self._met = np.bincount(s.leads.campaign, minlength=n)
        self._last_us = s.last_us.copy()
        self._fallen: tuple[int, dict[str, Floats]] = (-1, {})

    def member(self, number: int) -> int:
        """Return the place of a campaign's number, -1 for any other."""
        at = int(np.searchsorted(self._s.numbers, number))
        return at if at < len(self._s.numbers) and self._s.numbers[at] == number else -1

    def heard(self, number: int, at_us: int) -> None:
        """Note when a campaign's number called."""
        if (at := self.member(number)) >= 0:
            self._last_us[at] = max(self._last_us[at], at_us)

    def silent_us(self, campaign: int, now_us: int) -> int:
        """Return how long no number of a campaign has called."""
        return max(now_us - int(self._last_us[self._s.of == campaign].max(initial=0)), 0)

    def columns(self, caller: int, calls: list[FirstCall]) -> Floats:
        """Return the comparisons of a caller's ``calls`` so far with each campaign, [campaigns, COLUMNS]."""
        n = len(self._s.names)
        out = np.full((n, len(COLUMNS)), np.nan)
        told_of = [habits(caller, call, before) for call, before in zip(calls, [None, *calls], strict=False)]
        for name in HABITS:
            places = [self._key[name].get(told[name], -1) for told in told_of if name in told]
            if places:
                lifts = self._lifts[name][:, places]
                out[:, _PLACE[name]] = lifts.mean(axis=1) if name == _LASTING else lifts.sum(axis=1)
        now_us = calls[-1].at_us
        told = self._block(caller, calls) | self._callees(calls, now_us) | self._handover(now_us)
        for name, values in (told | self._context).items():
            out[:, _PLACE[name]] = values
        return np.asarray(np.clip(out, -_MOST, _MOST))

    def _block(self, caller: int, calls: list[FirstCall]) -> dict[str, Floats]:
        s, n = self._s, len(self._s.names)
        its, everybody = np.zeros(n), 0.0
        for span in SPANS:
            block, width = caller // 10**span, 10**span
            low, high = np.searchsorted(s.numbers, [block * width, (block + 1) * width])
            if low < high:
                its += np.bincount(s.of[low:high], minlength=n) / width
                everybody += (s.populated[span].get(block, 0) + 1) / width
        denser = its / self._size / (everybody / s.callers) if everybody else its
        near = sum(call.callee // 10_000 == caller // 10_000 for call in calls) / len(calls)
        hit, miss = self._beside
        return {
            "block": np.log((1 - self._strays) * denser + self._strays),
            "beside": near * hit + (1 - near) * miss,
        }

    def _callees(self, calls: list[FirstCall], now_us: int) -> dict[str, Floats]:
        n, leads, k = len(self._s.names), self._s.leads, len(calls)
        fresh, beyond, chatter = np.zeros(n), np.zeros(n), np.zeros(n)
        for call in calls:
            low, high = np.searchsorted(leads.callee, [call.lead, call.lead + 1])
            its, count = leads.campaign[low:high], np.zeros(n)
            count[its] = 1
            fresh[its] += leads.last_us[low:high] > now_us - LATELY_US
            popular = leads.called_by[low] if low < high else 1
            expected = popular * self._met / max(leads.pairs, 1)
            beyond += np.log((count + 0.1) / (np.minimum(expected, 1) + 0.1))
            if (at := self.member(call.callee)) >= 0:
                chatter[self._s.of[at]] += 1
        return {"beyond": beyond, "fresh": fresh / k, "chatter": chatter / k}

    def _handover(self, now_us: int) -> dict[str, Floats]:
        """Return what ``_silence`` says, looked at once in ``_ANEW_US``."""
        if self._fallen[0] != now_us // _ANEW_US:
            self._fallen = now_us // _ANEW_US, self._silence(now_us)
        return self._fallen[1]

    def _silence(self, now_us: int) -> dict[str, Floats]:
        s, n = self._s, len(self._s.names)
        ago = now_us - self._last_us
        missing = self._a_day * (self._worked(now_us, s.of) - self._worked(self._last_us, s.of))
        fallen = (missing >= _MISSING) & (ago < _FALLEN_US) & (ago > 0)
        return {"fallen": np.log1p(np.bincount(s.of[fallen], minlength=n))}

    def _worked(self, at_us: Ints | int, of: Ints) -> Floats:
        """Return how many days of work each campaign has behind it at an instant."""
        into = (np.asarray(at_us) + CHINA_OFFSET_US) / DAY_US
        hour = (into % 1 * _HOURS).astype(np.int64)
        part = into % 1 * _HOURS - hour
        low, high = self._through[of, hour], self._through[of, hour + 1]
        return np.floor(into) + low + part * (high - low)


def _strays(s: Signatures, n: int) -> Floats:
    """Return how often a campaign's number has none of its others within 10,000."""
    block = s.numbers // 10_000
    pair = s.of * (block.max(initial=0) + 1) + block
    _, place, count = np.unique(pair, return_inverse=True, return_counts=True)
    alone = np.bincount(s.of[count[place] == 1], minlength=n)
    return np.asarray((alone + 1) / (np.bincount(s.of, minlength=n) + 2))


def _lifts(shares: Shares) -> Floats:
    """Return [campaigns, keys and one for any other] log-likelihood ratios; NaN where a campaign's calls don't say."""
    total = shares.everybody.sum() + 0.5 * (len(shares.keys) + 1)
    usual = np.append(shares.everybody + 0.5, 0.5) / total
    n = shares.calls.sum(axis=1, keepdims=True)
    calls = np.hstack([shares.calls, np.zeros((len(n), 1))])
    return np.where(n > 0, np.log((calls + _PRIOR * usual) / (n + _PRIOR) / usual), np.nan)


def _through(hours: Shares, n: int) -> Floats:
    """Return [campaigns, 25]: the share of a day's calls before each hour."""
    counts = np.zeros((n, _HOURS))
    for at, key in enumerate(hours.keys):
        counts[:, int(key)] = hours.calls[:, at]
    counts += 0.02 * counts.sum(axis=1, keepdims=True) / _HOURS + 1e-9
    return np.hstack([np.zeros((n, 1)), np.cumsum(counts / counts.sum(axis=1, keepdims=True), axis=1)])
