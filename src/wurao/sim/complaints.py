"""What people report of an hour's calls: late, seldom, sometimes wrongly, some out of spite – mostly silence."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from wurao.core.clock import HOUR_US
from wurao.core.facts import FACTS
from wurao.sim.calls import Calls
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
METHODS: Final = next(c for c in FACTS["reports"].columns if c.name == "method").choices
GUESSES: Final = (
    "",
    "loan_finance",
    "real_estate",
    "insurance",
    "securities",
    "education",
    "other_commercial",
    "fraud",
)
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
    spiteful[0] = True  # the smallest town has one too
    return Public(np.sort(subscribers), zeal / mean, spiteful)


class Desk:
    """The centre that takes complaints; ``campaigns`` follow ``first_campaign`` in the order of sources."""

    def __init__(self, seed: int, figures: Figures, people: Public, first_campaign: int) -> None:
        self._seed = seed
        self._figures = figures
        self._public = people
        self._first = first_campaign

    def complaints(self, hour: int, calls: Calls) -> Complaints:
        """Return the complaints about an hour's calls in order of receipt, which may be days later."""
        rng = generator(self._seed, "complaints", hour)
        calls = calls[calls["source"] > 0]
        who = np.searchsorted(self._public.subscribers, calls["callee"]).clip(0, len(self._public.subscribers) - 1)
        told = calls[rng.random(len(calls)) < self._chance(calls, who)]
        rows = np.zeros(len(told), COMPLAINT)
        rows["reporter"] = np.where(rng.random(len(told)) < self._figures.reports.anonymous, NOBODY, told["callee"])
        rows["subject"] = self._subject(rng, told)
        rows["occurred_us"] = told["start_us"]
        delay_h = lognormal(rng, self._figures.reports.delay_median_h, self._figures.reports.delay_sigma, len(told))
        late = (np.minimum(delay_h, 10**6) * HOUR_US).astype(np.int64)
        rows["received_us"] = told["start_us"] + told["ring_ms"] * 1000 + told["talk_ms"] * 1000 + late
        self._describe(rng, rows, told)
        kept = rows[delay_h < self._figures.reports.delay_limit_h]
        return kept[np.argsort(kept["received_us"], kind="stable")]

    def _chance(self, calls: Calls, who: NDArray[np.intp]) -> Floats:
        figures = self._figures.reports
        rate = np.array([0.0] * self._first + [c.report for c in self._figures.campaigns])[calls["source"]]
        nuisance = calls["source"] >= self._first
        attention = np.where(calls["disposition"] == 0, 1, figures.unanswered)
        chance = np.where(nuisance, rate, figures.mistaken) * attention * self._public.zeal[who]
        return np.where(~nuisance & self._public.spiteful[who], figures.malice, chance)

    def _subject(self, rng: np.random.Generator, told: Calls) -> Written:
        wrong = rng.random(len(told)) < self._figures.reports.mistyped
        place = 10 ** rng.integers(0, 6, len(told))
        digit = told["caller"] // place % 10
        return np.where(wrong, told["caller"] + ((digit + 1) % 10 - digit) * place, told["caller"])

    def _describe(self, rng: np.random.Generator, rows: Complaints, told: Calls) -> None:
        figures = self._figures
        true = np.array([GUESSES.index(_guessable(c)) for c in figures.campaigns])
        methods = np.array([METHODS.index(c.method) for c in figures.campaigns])
        texts = np.array([len(c.texts) for c in figures.campaigns])
        which = (told["source"] - self._first).clip(0)
        nuisance = told["source"] >= self._first
        category = np.where(nuisance, true[which], rng.integers(1, len(GUESSES), len(told)))
        wrong = rng.random(len(told)) < figures.reports.wrong_category
        category[wrong] = rng.integers(1, len(GUESSES), int(wrong.sum()))
        category[rng.random(len(told)) < figures.reports.unnamed_category] = 0
        rows["category"] = category
        guessed = nuisance & (told["talk_ms"] > 0)
        rows["method"] = np.where(guessed, methods[which], METHODS.index("unknown"))
        offset = np.concatenate([[0], np.cumsum(texts)])[:-1]
        chosen = offset[which] + (rng.random(len(told)) * texts[which]).astype(int)
        rows["text"] = np.where(nuisance & (rng.random(len(told)) < 0.4), chosen, -1)


def _guessable(campaign: Campaign) -> str:
    return campaign.category if campaign.category in GUESSES else "other_commercial"
