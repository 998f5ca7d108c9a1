"""What people report of a day's calls: late, seldom, sometimes wrongly, some out of spite – mostly silence."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from wurao.core.categories import METHODS, TRADES
from wurao.core.clock import HOUR_US
from wurao.sim.calls import Calls, ends_us
from wurao.sim.draw import Floats, generator, lognormal
from wurao.sim.figures import Campaign, Figures
from wurao.sim.written import NOBODY, Written

COMPLAINT: Final = np.dtype(
    [
        ("reporter", "i8"),
        ("subject", "i8"),
        ("occurred_us", "i8"),
        ("received_us", "i8"),
        ("category", "i2"),
        ("method", "i1"),
        ("text", "i2"),
    ]
)
Complaints = NDArray[np.void]
GUESSES: Final = ("", *TRADES, "one_ring", "fraud", "gambling_porn", "forged_papers")
"""What a reporter may think it was; index 0 names no category."""


class Public(msgspec.Struct, frozen=True):
    """Subscribers in ascending order and each one's zeal: 0 never reports; and who reports out of spite."""

    subscribers: Written
    zeal: Floats
    spiteful: NDArray[np.bool_]


def public(seed: int, figures: Figures, subscribers: Written) -> Public:
    """Return who reports how eagerly; zeal has mean 1."""
    rng = generator(seed, "zeal")
    n = len(subscribers)
    drawn = rng.random(n) < figures.reports.reporters
    zeal = drawn * lognormal(rng, 1, figures.reports.reporter_sigma, n)
    mean = zeal.mean() if zeal.any() else 1
    spiteful = rng.random(n) < figures.reports.malicious
    spiteful[0] = True  # the smallest world has one too
    return Public(np.sort(subscribers), zeal / mean, spiteful)


class Centre:
    """The centre that takes complaints; ``campaigns`` follow ``first`` in the order of sources."""

    def __init__(
        self, seed: int, figures: Figures, subscribers: Written, first: int, campaigns: Sequence[Campaign]
    ) -> None:
        self._seed = seed
        self._figures = figures.reports
        self._public = public(seed, figures, subscribers)
        self._first = first
        sentences = [text for trade in figures.campaigns for text in trade.texts]
        self._rates = np.array([0.0] * first + [c.report for c in campaigns])
        self._guesses = np.array([GUESSES.index(_guessable(c)) for c in campaigns] or [0])
        self._methods = np.array([METHODS.index(c.method) for c in campaigns] or [0])
        self._texts = np.array([len(c.texts) for c in campaigns] or [1])
        self._first_text = np.array([sentences.index(c.texts[0]) for c in campaigns] or [0])

    def complaints(self, day: int, shard: int, calls: Calls) -> Complaints:
        """Return the complaints about a shard of a day's calls in order of receipt, which may be days later."""
        figures = self._figures
        rng = generator(self._seed, "complaints", day, shard)
        calls = calls[calls["source"] > 0]
        who = np.searchsorted(self._public.subscribers, calls["callee"]).clip(0, len(self._public.subscribers) - 1)
        told = calls[rng.random(len(calls)) < self._chance(calls, who)]
        rows = np.zeros(len(told), COMPLAINT)
        rows["reporter"] = np.where(rng.random(len(told)) < figures.anonymous, NOBODY, told["callee"])
        rows["subject"] = self._subject(rng, told)
        rows["occurred_us"] = told["start_us"]
        delay_h = lognormal(rng, figures.delay_median_h, figures.delay_sigma, len(told))
        rows["received_us"] = ends_us(told) + (np.minimum(delay_h, 10**6) * HOUR_US).astype(np.int64)
        self._describe(rng, rows, told)
        kept = rows[delay_h < figures.delay_limit_h]
        return kept[np.argsort(kept["received_us"], kind="stable")]

    def _chance(self, calls: Calls, who: NDArray[np.intp]) -> Floats:
        figures = self._figures
        here = self._public.subscribers[who] == calls["callee"]
        nuisance = calls["source"] >= self._first
        attention = np.where(calls["disposition"] == 0, 1, figures.unanswered)
        rate = np.where(nuisance, self._rates[calls["source"]], figures.mistaken)
        chance = rate * attention * self._public.zeal[who]
        return np.asarray(here) * np.where(~nuisance & self._public.spiteful[who], figures.malice, chance)

    def _subject(self, rng: np.random.Generator, told: Calls) -> Written:
        wrong = rng.random(len(told)) < self._figures.mistyped
        place = 10 ** rng.integers(0, 6, len(told))
        digit = told["caller"] // place % 10
        return np.where(wrong, told["caller"] + ((digit + 1) % 10 - digit) * place, told["caller"])

    def _describe(self, rng: np.random.Generator, rows: Complaints, told: Calls) -> None:
        figures = self._figures
        which = (told["source"] - self._first).clip(0)
        nuisance = told["source"] >= self._first
        category = np.where(nuisance, self._guesses[which], rng.integers(1, len(GUESSES), len(told)))
        wrong = rng.random(len(told)) < figures.wrong_category
        category[wrong] = rng.integers(1, len(GUESSES), int(wrong.sum()))
        category[rng.random(len(told)) < figures.unnamed_category] = 0
        rows["category"] = category
        guessed = nuisance & (told["talk_ms"] > 0)
        rows["method"] = np.where(guessed, self._methods[which], METHODS.index("unknown"))
        chosen = self._first_text[which] + (rng.random(len(told)) * self._texts[which]).astype(int)
        rows["text"] = np.where(nuisance & (rng.random(len(told)) < 0.4), chosen, -1)


def _guessable(campaign: Campaign) -> str:
    parent = campaign.category.partition(".")[0]
    return parent if parent in GUESSES else "other_commercial"
