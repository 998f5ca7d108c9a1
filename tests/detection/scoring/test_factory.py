"""The factory's model: it works in a fresh home, says what it is, and knows the features as they are now."""

from pathlib import Path

from click.testing import CliRunner
from pyarrow import parquet

from wurao.cli import cli
from wurao.core.clock import parse_instant
from wurao.detection.features import FEATURES
from wurao.detection.scoring import models
from wurao.detection.scoring.classes import CLASSES
from wurao.sim.figures import shipped
from wurao.sim.world import World
from wurao.sim.writing import write

FOLDER = models.FACTORY / "robots"
MOST_BYTES = 4_000_000


def test_a_fresh_home_scores_callers_without_training(tmp_path: Path) -> None:
    write(World(shipped(), 77, 200, parse_instant("2026-06-01T00:00:00+08:00"), 2), tmp_path / "town")
    home, calls, out = tmp_path / "home", tmp_path / "town/calls.parquet", tmp_path / "scores.parquet"
    done = CliRunner().invoke(cli, ["detect", "run", "--calls", str(calls), "--out", str(out), "--home", str(home)])
    assert done.exit_code == 0, done.output
    table = parquet.read_table(out)
    assert set(table["level"].to_pylist()) == {"ring", "label"}, "simulated numbers let it reject nobody"
    truth = parquet.read_table(tmp_path / "town/truth/callers.parquet")
    bad = set(truth.filter(truth["nuisance"])["number"].to_pylist())
    labelled = [
        number for number, level in zip(*table.select(["caller", "level"]), strict=True) if level.as_py() == "label"
    ]
    assert sum(number.as_py() in bad for number in labelled) > len(labelled) / 2 > 0


def test_it_says_that_its_callers_are_simulated_and_what_they_were() -> None:
    roles = models.roles(FOLDER)
    assert roles == models.Roles(1)
    stored = models.read(models.path_of(FOLDER, 1))
    assert stored.manifest.simulated
    card = (stored.path / "card.md").read_text()
    assert "**simulated**" in card
    assert all(digest in card for digest in stored.manifest.data.values())


def test_it_was_learnt_from_the_features_as_they_are_now() -> None:
    manifest = models.read(models.path_of(FOLDER, 1)).manifest
    assert manifest.columns == FEATURES, "rebuild it: docs/detection.md"
    assert manifest.classes == CLASSES
    assert [stage.k for stage in manifest.stages] == [5, 10, 20, 50, 100]


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) < MOST_BYTES
