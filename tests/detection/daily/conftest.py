"""A run over a small world's callers, kept in a home of its own."""

import sys
from pathlib import Path

import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scoring"))
from world import World

from wurao.core.clock import DAY_US
from wurao.detection.daily import day, kept
from wurao.detection.scoring import models
from wurao.detection.scoring.judging import Model
from wurao.detection.scoring.training import Sources, train
from wurao.detection.scoring.trees import Recipe
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.schema import ID, SEALED

NOW_US = 1_787_000_000_000_000  # 2026-08-18 09:33 in China
FEW = Recipe(rounds=12, learning_rate=0.3, columns=1.0, parts=3)


class Ran:
    """A home with one run over a world; ``number`` of a caller is the world's."""

    def __init__(self, folder: Path) -> None:
        self.home = Home.create(folder / "home")
        self.identities = Identities(KeyRing.open(self.home))
        world = World(800, 11)
        self.world = world
        done = train(world.features, world.truth, folder / "robots", Sources({}, simulated=True, now_us=0), FEW)
        self.model = Path(done.path).parent
        model = Model(models.read(Path(done.path)))
        span = day.Span(NOW_US, NOW_US - 14 * DAY_US, NOW_US)
        self.day = day.judge(self.at_rest, self.who(), model, model, span)
        self.path = kept.write(self.home, self.day)

    def at_rest(self, window: str) -> pa.Table:
        """The world's features, of callers as the lake names them."""
        table = self.world.features(window)
        ids = [self.identities.id_of(caller) for caller in table.column("caller").to_pylist()]
        return table.set_column(0, "caller", pa.array(ids, pa.binary()))

    def who(self) -> pa.Table:
        """Every second caller in clear, the others sealed as subscribers are."""
        callers = self.world.callers.tolist()
        return pa.table(
            {
                "caller_id": pa.array([self.identities.id_of(one) for one in callers], ID),
                "caller": pa.array([one if one % 2 else None for one in callers], pa.uint64()),
                "caller_sealed": pa.array([None if one % 2 else self.identities.seal(one) for one in callers], SEALED),
                "n": pa.array(self.world.calls),
            }
        )


@pytest.fixture(scope="package")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A home with one run."""
    return Ran(tmp_path_factory.mktemp("daily"))
