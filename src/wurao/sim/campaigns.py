"""Nuisance campaigns: the numbers that they wear one after the other, and the calls from them."""

from functools import lru_cache

import msgspec
import numpy as np

from wurao.core.clock import HOUR_US
from wurao.sim.calls import Calls, dial, followed, handset_tac, none, starts
from wurao.sim.directory import RESOLD, TRUNKS
from wurao.sim.draw import Ints, generator, is_weekend, local_day, local_hour
from wurao.sim.figures import Campaign, Figures
from wurao.sim.leaks import Holders
from wurao.sim.written import PLUS, Written

MAX_LIFE = 30
"""Days after which the last number of a day's births is gone; handsets live on for ever."""
BLOCK_DAYS = 4
"""A campaign moves to the next hundred of its trunk so often."""


class Vests(msgspec.Struct, frozen=True):
    """Numbers that a campaign wears; days count from 1970, ``until`` exclusive."""

    numbers: Written
    born: Ints
    until: Ints


class Wave:
    """One campaign at work."""

    def __init__(
        self, seed: int, figures: Figures, campaign: Campaign, size: int, handsets: Written, holders: Holders
    ) -> None:
        self._seed = seed
        self._figures = figures
        self._size = size
        self._handsets = handsets
        self._holders = holders
        self.campaign = campaign
        self.vests = lru_cache(maxsize=64)(self._vests)

    def _vests(self, day: int) -> Vests:
        """Return the numbers that are worn on a local day."""
        if self.campaign.numbers == "handsets":
            n = len(self._handsets)
            return Vests(self._handsets, np.full(n, 0), np.full(n, 2**31))
        births = [self._births(born) for born in range(day - MAX_LIFE + 1, day + 1)]
        numbers = np.concatenate([b.numbers for b in births])
        born = np.concatenate([b.born for b in births])
        until = np.concatenate([b.until for b in births])
        worn = until > day
        return Vests(numbers[worn], born[worn], until[worn])

    def _births(self, day: int) -> Vests:
        rng = generator(self._seed, "vests", self.campaign.name, day)
        n = int(rng.poisson(self._size / self.campaign.life_days))
        life = np.ceil(rng.gamma(2, self.campaign.life_days / 2, n)).clip(1, MAX_LIFE).astype(np.int64)
        numbers = self._blocks(rng, day, n) if self.campaign.numbers == "blocks" else _scattered(rng, n)
        return Vests(numbers, np.full(n, day), day + life)

    def _blocks(self, rng: np.random.Generator, day: int, n: int) -> Written:
        """Numbers near each other: the trunk's current hundreds and their neighbours, sometimes by tens in a row."""
        width = max(300, 4 * n)
        first = TRUNKS + day // BLOCK_DAYS * 100 % 20_000
        row = first + rng.integers(0, width) + np.arange(n)
        return np.where(rng.random(n) < 0.5, row, first + rng.integers(0, width, n))

    def calls(self, hour: int) -> Calls:
        """Return the campaign's calls of an hour, with second tries and people's call-backs."""
        campaign = self.campaign
        worn = self.vests(local_day(hour)).numbers
        rng = generator(self._seed, "campaign", campaign.name, hour)
        rate = campaign.calls_a_day * self._figures.share(campaign.curve, local_hour(hour))
        rate *= campaign.weekend if is_weekend(local_day(hour)) else 1
        caller = np.repeat(worn, rng.poisson(rate, len(worn)))
        if not len(caller):
            return none()
        callee = self._targets(rng, len(caller), hour)
        begun = dial(rng, caller, callee, starts(rng, hour, len(caller)), campaign.manner)
        end_us = (hour + 1) * HOUR_US
        tries, backs = followed(rng, begun, campaign.manner, self._figures.people.manner, end_us)
        calls = np.concatenate([begun, tries])
        calls["imei_tac"] = self._tac(calls)
        calls["cells"] = 1 if campaign.numbers != "blocks" else 0
        backs["imei_tac"] = handset_tac(backs["caller"])
        backs["cells"] = 1
        return np.concatenate([calls, backs])

    def _targets(self, rng: np.random.Generator, n: int, hour: int) -> Written:
        subscribers = self._holders.subscribers
        leaked = self._holders.leaked(self.campaign.name, hour * HOUR_US)
        callee = rng.integers(0, len(subscribers), n)
        if len(leaked):
            bought = rng.random(n) < self.campaign.leaked_share
            callee = np.where(bought, leaked[rng.integers(0, len(leaked), n)], callee)
        return subscribers[callee]

    def _tac(self, calls: Calls) -> Ints:
        if self.campaign.numbers == "handsets":
            return handset_tac(calls["caller"]).astype(np.int64)
        # a SIM box: many numbers behind few devices
        return 35_990_000 + calls["caller"] % 3 if self.campaign.numbers == "scattered" else np.zeros(len(calls), "i8")


def _scattered(rng: np.random.Generator, n: int) -> Written:
    resold = np.array(RESOLD, np.int64)[rng.integers(0, len(RESOLD), n)] * 10**7 + rng.integers(0, 10**7, n)
    abroad = PLUS + np.where(
        rng.random(n) < 0.5,
        852 * 10**8 + rng.integers(5 * 10**7, 7 * 10**7, n),
        60_1 * 10**8 + rng.integers(10**7, 10**8, n),
    )
    return np.where(rng.random(n) < 0.2, abroad, resold)
