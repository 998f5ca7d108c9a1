import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from wurao.edge.services import Services
from wurao.web.app import create_console


def _load() -> ModuleType:
    path = Path(__file__).parents[1] / "edge" / "fake_services" / "__init__.py"
    spec = importlib.util.spec_from_file_location("fake_services", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["fake_services"] = module
    spec.loader.exec_module(module)
    return module


fakes = sys.modules.get("fake_services") or _load()


@pytest.fixture
def services() -> Services:
    return fakes.fake_services()


@pytest.fixture
def browser(services: Services) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_console(services)) as client:
        client.headers["Accept"] = "text/html"
        yield client


@pytest.fixture
def enter(browser):
    def as_(name: str) -> TestClient[Litestar]:
        answer = browser.post("/login", data={"name": name, "password": fakes.PASSWORD}, follow_redirects=False)
        assert answer.status_code == 303
        return browser

    return as_
