import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


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
def store():
    return fakes.FakeAccess()
