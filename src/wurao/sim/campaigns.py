"""Nuisance campaigns at work: calls from the vests worn on a day, and how they hide among other calls."""

from typing import Final

import numpy as np

from wurao.core.clock import DAY_US
from wurao.sim import calls as going
from wurao.sim.calls import FAILED, HANDSET, NETWORK, OPTIONAL, OWN, REJECTED, Calls, handset_tac, none
from wurao.sim.draw import Ints, day_start_us, generator, lognormal, mixed, moments
from wurao.sim.figures import Campaign
from wurao.sim.leads import LeadList
from wurao.sim.private import private
from wurao.sim.services import worked
from wurao.sim.setting import Setting
from wurao.sim.traits import SCRIPTED, Traits, drawn, near
from wurao.sim.vests import Vests
from wurao.sim.written import Written

_VEST_SPREAD: Final = 0.12
"""How much the vests of one campaign differ. Chosen."""
_WARM_UP: Final = 0.12
"""Share of the later rate at which a vest begins. Chosen."""
_GIVES_UP_US: Final = 1_800_000_000
"""So long after it was blocked the vest of an adaptive attacker is put away. Chosen."""


class Wave:
    """One campaign."""

    def __init__(
        self,
        setting: Setting,
        name: str,
        campaign: Campaign,
        vests: Vests,
        leads: LeadList,
        lines: tuple[int, ...],
        operator: str,
    ) -> None:
        self._setting = setting
        self.leads = leads
        self._lines = np.array(lines)
        self._salt = int(generator(setting.seed, "salt", name).integers(0, 2**31))
        rng = generator(setting.seed, "wave", name)
        self._script_days = max(1, round(float(lognormal(rng, np.sqrt(np.prod(campaign.script_days)), 0.3, 1)[0])))
        self._camouflage = drawn_camouflage(rng, campaign)
        self.name = name
        self.campaign = campaign
        self.vests = vests
        self.operator = operator

    def manner(self, day: int) -> Traits:
        """Return how the campaign calls on a day, as a single row: what its script decides changes with the script."""
        setting = self._setting
        manner = drawn(generator(setting.seed, "manner", self.name), self.campaign, 1)
        slower = (1 - self.campaign.slows_a_week) ** setting.week(day)
        manner |= {name: manner[name] * slower for name in ("calls_a_day", "even")}
        script = drawn(generator(setting.seed, "script", self.name, day // self._script_days), self.campaign, 1)
        return manner | {name: script[name] for name in SCRIPTED}

    def batches(self, day: int) -> list[tuple[int, int]]:
        """Return one batch: a campaign is drawn as a whole."""
        return [(0, 1)] if len(self._worn(day)) else []

    def _worn(self, day: int) -> Ints:
        return self.vests.worn(day_start_us(day), day_start_us(day + 1))

    def calls(self, low: int, high: int, day: int) -> Calls:
        """Return the campaign's calls of a day, with what surrounds them."""
        del low, high  # one batch
        setting, campaign = self._setting, self.campaign
        rng = generator(setting.seed, "campaign", self.name, day)
        worn = self._worn(day)
        own = self.vests.numbers[worn]
        traits = near(self.manner(day), self.vests.z[worn], _VEST_SPREAD)
        made, who = self._work(rng, traits, worn, day)
        answers = going.back(rng, made, traits["callback"][who], setting.people)
        chat, chatting = self._chatter(rng, own, day)
        out, mine, coming = private(rng, traits["private_a_day"], own, self._person(worn), setting, day)
        made, who = np.concatenate([made, chat, out]), np.concatenate([who, chatting, mine])
        if not len(made):
            return none()
        if not campaign.at_once:
            made, who = going.one_at_a_time(rng, made, who)
            made["handset"] = OPTIONAL if campaign.numbers == "rented" else HANDSET  # its owner's calls come first
        self._where(rng, made, who, traits)
        calls = going.within_day(np.concatenate([made, answers, coming]), day_start_us(day + 1))
        return self._worn_then(calls, day)

    def _work(self, rng: np.random.Generator, traits: Traits, worn: Ints, day: int) -> tuple[Calls, Ints]:
        campaign, own = self.campaign, self.vests.numbers[worn]
        member, start_us = worked(rng, traits, campaign, self._setting.figures.curves[campaign.curve], day)
        age_us = start_us - self.vests.born[worn[member]]
        cold = age_us < campaign.warm_up_days * DAY_US
        due = (age_us >= 0) & (start_us < self.vests.until[worn[member]]) & (~cold | (rng.random(len(cold)) < _WARM_UP))
        given_up = start_us > self.vests.caught[worn[member]] + _GIVES_UP_US
        due &= ~(given_up & (mixed(self._salt, own[member]) % 1000 < 1000 * campaign.stops_when_blocked))
        member, start_us = member[due], start_us[due]
        callee = self._callee(rng, traits, worn, member, start_us)
        made = going.dial(rng, traits, member, (own[member], callee), start_us)
        nobody = ~self._setting.is_subscriber(made["callee"])
        made["disposition"][nobody], made["talk_ms"][nobody] = FAILED, 0
        made["released_by"][nobody] = NETWORK
        self._stop(made, worn[member])
        tries, who = going.again(rng, made[~nobody], member[~nobody], traits)
        self._stop(tries, worn[who])
        return np.concatenate([made, tries]), np.concatenate([member, who])

    def _callee(self, rng: np.random.Generator, traits: Traits, worn: Ints, member: Ints, start_us: Ints) -> Written:
        campaign, subscribers = self.campaign, self._setting.subscribers
        caller = self.vests.numbers[worn[member]]
        if campaign.numbers == "neighbour":
            return self.leads.beside(rng, caller)
        order = rng.permutation(len(member))
        callee = np.empty(len(member), np.int64)
        callee[order] = self.leads.targets(rng, start_us[order], campaign.leaked_share, 0)
        counting = mixed(self._salt, caller) % 1000 < 1000 * campaign.sequential
        if counting.any():
            callee[counting] = self.leads.targets(rng, start_us[counting], 0, 1)
        known = rng.random(len(member)) < traits["known"][member]
        rank = (rng.random(len(member)) ** 2 * traits["regulars"][member]).astype(np.int64)
        regular = subscribers[mixed(self._salt, self._person(worn[member]), rank) % len(subscribers)]
        return np.where(known, regular, callee)

    def _person(self, vest: Ints) -> Ints:
        """Who wears a vest: friends and regulars stay when the vest changes."""
        return mixed(self._salt, self.vests.hand[vest])

    def _stop(self, calls: Calls, vest: Ints) -> None:
        """Mark the calls that our own blocking stopped."""
        stopped = calls["start_us"] > self.vests.caught[vest]
        calls["disposition"][stopped], calls["talk_ms"][stopped] = REJECTED, 0
        calls["ring_ms"][stopped], calls["released_by"][stopped] = 0, NETWORK

    def _chatter(self, rng: np.random.Generator, own: Written, day: int) -> tuple[Calls, Ints]:
        """Calls among the campaign's own cards, so that they seem to have peers."""
        n = len(own)
        member = np.repeat(np.arange(n), rng.poisson(self._camouflage if n > 1 else 0, n))
        other = (member + 1 + rng.integers(0, min(max(n - 1, 1), 6), len(member))) % max(n, 1)
        curve = self._setting.figures.curves[self.campaign.curve]
        start_us = day_start_us(day) + moments(curve, rng.random(len(member))).astype(np.int64)
        zeros = np.zeros(len(member), np.int64)
        return going.dial(rng, self._setting.people, zeros, (own[member], own[other]), start_us), member

    def _where(self, rng: np.random.Generator, made: Calls, who: Ints, traits: Traits) -> None:
        """Write lines, handsets and cells; a farm's cards share few modems, and stand in one place."""
        made["source"] = OWN
        made["line"] = self._lines[mixed(0x11E, made["caller"]) % len(self._lines)]
        numbers = self.campaign.numbers
        if numbers in {"blocks", "neighbour"}:
            return
        which = np.floor(rng.random(len(who)) * np.round(traits["handsets"][who])).astype(np.int64)
        shared = mixed(self._salt, made["caller"], which) % 3 if numbers == "farm" else made["caller"]
        made["imei_tac"] = handset_tac(shared + self._salt if numbers == "farm" else shared, which)
        made["cells"] = 1 + rng.poisson(np.maximum(traits["cells"][who] - 1, 0))

    def _worn_then(self, calls: Calls, day: int) -> Calls:
        """Leave out what a vest would do before it was bought or after it was thrown away."""
        lately = self.vests.worn(day_start_us(day - 1), day_start_us(day + 1))
        order = lately[np.argsort(self.vests.numbers[lately], kind="stable")]
        numbers = self.vests.numbers[order]
        keep = np.ones(len(calls), bool)
        for side in ("caller", "callee"):
            at = order[np.searchsorted(numbers, calls[side]).clip(0, len(numbers) - 1)]
            mine = self.vests.numbers[at] == calls[side]
            start_us = calls["start_us"]
            until = self.vests.until[at] + (DAY_US if side == "callee" else 0)
            keep &= ~mine | ((start_us >= self.vests.born[at]) & (start_us < until))
        return calls[keep]


def drawn_camouflage(rng: np.random.Generator, campaign: Campaign) -> float:
    """Return how many calls a day each of a campaign's cards makes to another."""
    low, high = campaign.camouflage_a_day
    return float(low * (max(high, 1e-9) / low) ** rng.random()) if low else 0.0
