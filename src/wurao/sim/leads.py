"""Whom a campaign calls: fresh leads from leaky apps several times a day, old ones, a stock of numbers gone through."""

from typing import Final

import numpy as np

from wurao.core.clock import DAY_US
from wurao.sim.draw import Ints, local_day, mixed
from wurao.sim.leaks import Leads
from wurao.sim.setting import Setting
from wurao.sim.written import Written

_STRIDE: Final = 15_485_863
"""A large prime: going through the stock in such strides meets everybody once before anybody twice."""
_ROW: Final = 3
"""Numbers that count up move by one to this."""


class LeadList:
    """The lead list of one campaign: no two of its vests are given the same person on a day, but for fresh leads."""

    def __init__(self, setting: Setting, salt: int, leads: Leads) -> None:
        self._setting = setting
        self._salt = salt
        self._leads = leads

    def bought(self, holder: str, until_us: int) -> int:
        """Return how many subscribers the campaign had from a holder by an instant."""
        place = self._setting.figures.leaks.holders.index(holder)
        mine = (self._leads.at_us < until_us) & (self._leads.holder == place)
        return len(np.unique(self._leads.subscriber[mine]))

    def targets(self, rng: np.random.Generator, start_us: Ints, leaked: float, sequential: float) -> Written:
        """Return whom the calls of a day, in any order, go to."""
        n = len(start_us)
        if not n:
            return np.empty(0, np.int64)
        day = local_day(int(start_us.max()))
        subscribers = self._setting.subscribers
        begun = (day - self._setting.first_day) * n + int(mixed(self._salt, np.arange(1))[0])
        callee = subscribers[(begun + np.arange(n)) % len(subscribers) * _STRIDE % len(subscribers)]
        on_list = rng.random(n) < leaked
        old, fresh, since = self._known(rng, int(start_us.max()))
        if len(old):
            places = np.flatnonzero(on_list)
            callee[places] = subscribers[old[(begun + np.arange(len(places))) % len(old)]]
        hot = np.flatnonzero(on_list)[: len(fresh)]
        in_time = start_us[hot] > since[: len(hot)]
        callee[hot[in_time]] = subscribers[fresh[: len(hot)][in_time]]
        counting = rng.random(n) < sequential
        return np.where(counting, self._counted(rng, counting), callee)

    def _known(self, rng: np.random.Generator, until_us: int) -> tuple[Ints, Ints, Ints]:
        """Old leads, fresh ones as often as they are called, and since when those are known; mixed."""
        figures = self._setting.figures.leaks
        end = int(np.searchsorted(self._leads.at_us, until_us))
        begin = int(np.searchsorted(self._leads.at_us, until_us - figures.fresh_days * DAY_US))
        often = 1 + rng.poisson(figures.calls_a_fresh_day - 1, end - begin)
        which = rng.permutation(np.repeat(np.arange(begin, end), often))
        return self._leads.subscriber[:begin], self._leads.subscriber[which], self._leads.at_us[which]

    def _counted(self, rng: np.random.Generator, counting: np.ndarray) -> Written:
        first = self._setting.ascending[rng.integers(0, len(self._setting.ascending))]
        return np.asarray(first + np.cumsum(np.where(counting, rng.integers(1, _ROW + 1, len(counting)), 0)))

    def beside(self, rng: np.random.Generator, faces: Written) -> Written:
        """Return a subscriber in the segment of each face."""
        low = np.searchsorted(self._setting.ascending, faces // 10_000 * 10_000)
        high = np.searchsorted(self._setting.ascending, faces // 10_000 * 10_000 + 10_000)
        at = low + (rng.random(len(faces)) * np.maximum(high - low, 1)).astype(np.int64)
        return np.asarray(self._setting.ascending[np.minimum(at, len(self._setting.ascending) - 1)])
