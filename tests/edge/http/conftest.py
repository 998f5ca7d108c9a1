import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from wurao.access import api_keys
from wurao.access.roles import Role
from wurao.edge.http.app import create_app
from wurao.edge.services import Services


def _load() -> ModuleType:
    path = Path(__file__).parents[1] / "fake_services" / "__init__.py"
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
def client(services: Services) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(services)) as client:
        yield client


@pytest.fixture
def bearer(services: Services):
    def of(role: Role, subscriber: int = 0) -> dict[str, str]:
        key = api_keys.issue(services.access, role.value, role, services.clock.now_us(), subscriber)
        return {"Authorization": f"Bearer {key}"}

    return of
