"""The documents name every metric and every address of the HTTP interface."""

import re

from prometheus_client import CollectorRegistry

from wurao.edge.http.app import ROUTES
from wurao.edge.http.figures import Figures


def test_every_metric_is_documented(project):
    registry = CollectorRegistry()
    Figures(registry)
    documented = re.findall(r"`(wurao_\w+?)(?:_total)?(?:\{\w+\})?`", (project / "docs/metrics.md").read_text())
    assert {family.name for family in registry.collect()} <= set(documented)


def test_every_address_is_documented(project):
    text = (project / "docs/api.md").read_text()
    for route in ROUTES:
        for path in route.paths:
            assert re.sub(r"\{(\w+):str\}", r"{\1}", path).replace("report_id", "id").replace("appeal_id", "id") in text
