"""The figures that the HTTP edge counts for ``/metrics``; docs/metrics.md names each."""

from collections import Counter as Tally
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from prometheus_client import CollectorRegistry, Counter, Gauge

from wurao.edge.nouns import Ask, Call, Decision
from wurao.edge.services import Answer, Screen, Services


class Figures:
    """Counters of the edge in the registry of the services."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.decisions = Counter("wurao_decisions_total", "Decisions made over HTTP", ["action"], registry=registry)
        self.appeals = Gauge("wurao_open_appeals", "Appeals that wait for a person", registry=registry)
        self.live_readers = Gauge("wurao_live_readers", "Browsers that follow the live list", registry=registry)

        self.shadow = Gauge("wurao_shadow_rules", "Rules in SHADOW", registry=registry)
        self.spent = Gauge("wurao_spent_budgets", "Rules whose budget of false blocks is spent", registry=registry)
        self.readers = 0
        self.closing = False
        """Set when the server stops: streams end by themselves, which the server waits for."""

    @contextmanager
    def following(self) -> Iterator[None]:
        """Count a browser that follows the live list for as long as it does."""
        self.readers += 1
        self.live_readers.set(self.readers)
        try:
            yield
        finally:
            self.readers -= 1
            self.live_readers.set(self.readers)

    def watch(self, services: Services) -> None:
        """Ask for open appeals and the rules' states whenever the metrics are read."""
        rules = services.rules
        self.appeals.set_function(lambda: services.appeals.count("pending"))
        self.shadow.set_function(lambda: sum(rule.state == "shadow" for rule in rules.all()))
        self.spent.set_function(lambda: sum(rule.false_blocks >= rule.budget for rule in rules.all()))

    def count(self, actions: Mapping[str, int]) -> None:
        """Count decisions by action."""
        for action, calls in actions.items():
            self.decisions.labels(action).inc(calls)


class CountedScreen:
    """A screen whose decisions are counted by action."""

    def __init__(self, screen: Screen, figures: Figures) -> None:
        self._screen = screen
        self._figures = figures
        self.explain = screen.explain
        self.has_room = screen.has_room

    def tell(self, calls: Sequence[Call]) -> Answer:
        """Decide calls in order."""
        told = self._screen.tell(calls)
        self._figures.count(told.actions())
        return told

    def decide_many(self, asks: Sequence[Ask]) -> list[Decision]:
        """Decide calls in order, one answer each."""
        decisions = self._screen.decide_many(asks)
        self._figures.count(Tally(decision.action for decision in decisions))
        return decisions


Counted = NamedDependency[SkipValidation[Figures]]
