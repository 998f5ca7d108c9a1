import numpy as np
import pytest

from wurao.core.clock import parse_instant
from wurao.sim.calls import Calls
from wurao.sim.figures import Figures, shipped
from wurao.sim.world import World

START = parse_instant("2026-03-02T00:00:00+08:00")


@pytest.fixture(scope="session")
def figures() -> Figures:
    return shipped()


@pytest.fixture(scope="session")
def world(figures: Figures) -> World:
    return World(figures, seed=5, subscribers=1500, start_us=START, days=7)


@pytest.fixture(scope="session")
def week(world: World) -> Calls:
    return np.concatenate([world.day(day) for day in world.days])
