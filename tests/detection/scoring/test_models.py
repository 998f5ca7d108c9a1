"""The life of a model: learnt, calibrated, written, served, damaged, challenged."""

import sys
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
import zstandard

sys.path.insert(0, str(Path(__file__).parent))
from world import World

from wurao.core.errors import InputError, StoreError, VerificationError
from wurao.detection.scoring import calibrating, models
from wurao.detection.scoring.calibrating import calibrate
from wurao.detection.scoring.figures import tpr_at_fpr
from wurao.detection.scoring.judging import Model, Shadow, shadow, table_of, told
from wurao.detection.scoring.onnx_model import Served, sigmoid, to_onnx
from wurao.detection.scoring.staged import KS, learn
from wurao.detection.scoring.training import Sources, Trained, train
from wurao.detection.scoring.trees import Recipe, Rows, grow, raw_scores

QUICK = Recipe(rounds=25, learning_rate=0.2, columns=1.0, parts=3)
SOURCES = Sources({"calls.parquet": "0" * 64}, simulated=True, now_us=1_790_000_000_000_000)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model of a small world."""
    world = World(3000, 1)
    return train(world.features, world.truth, tmp_path_factory.mktemp("models") / "robots", SOURCES, QUICK)


def test_the_evidence_grows_with_the_calls_and_holds_in_another_world(trained: Trained) -> None:
    areas = [figures.auc for figures in trained.figures.values()]
    assert len(areas) == len(KS)
    assert areas[0] < areas[2] < areas[4]
    other = World(2000, 2)
    model = Model(models.read(Path(trained.path)))
    scores = model.score(other.features)
    order = np.argsort(np.array(scores.callers))
    many = other.calls >= 100
    assert tpr_at_fpr(other.bad[many].astype(np.int64), scores.evidence[order][many], 0.05) > 0.9
    few = other.calls < 5
    assert (scores.evidence[order][few] == 0).all(), "nothing is said before five calls"


def test_who_turns_bad_later_is_not_learnt_as_bad_before() -> None:
    world = World(1500, 12)
    later = np.flatnonzero(world.bad)[:50]
    since_us = np.zeros(1500, np.int64)
    since_us[later] = 10**9  # after every call of this world
    stages = learn(world.features, msgspec.structs.replace(world.truth, since_us=since_us), QUICK, KS[:1])
    assert not set(later) & set(stages[0].places.tolist())
    at_once = learn(world.features, world.truth, QUICK, KS[:1])
    assert len(at_once[0].places) - len(stages[0].places) == np.sum(world.calls[later] >= KS[0]) > 0


def test_probabilities_are_calibrated_in_another_world(trained: Trained) -> None:
    other = World(2000, 3)
    scores = Model(models.read(Path(trained.path))).score(other.features)
    judged = other.calls >= 5
    p, bad = scores.p[np.argsort(np.array(scores.callers))][judged], other.bad[judged]
    bins = np.minimum((p * 5).astype(int), 4)
    gaps = [abs(np.sum(bad[bins == i]) - np.sum(p[bins == i])) for i in range(5)]
    assert sum(gaps) / len(p) < 0.05, "the expected error of a probability"


def test_the_table_has_the_contract_s_columns_and_few_numbers_reject_nobody(trained: Trained) -> None:
    scores = Model(models.read(Path(trained.path))).score(World(500, 4).features)
    table = table_of(scores, {4_000_001: "137"}, {4_000_001: 300})
    assert ("137", 300) in list(zip(*table.select(["caller", "n_calls"]).to_pydict().values(), strict=True))
    names = ("caller", "n_calls", "p_nuisance", "level", "kind", "category", "method")
    assert table.column_names[:9] == [*names, "first_label_call", "first_reject_call"]
    assert set(table.column("level").to_pylist()) == {"ring", "label"}
    labelled = table.filter(table.column("first_label_call").is_valid())
    assert set(labelled.column("first_label_call").to_pylist()) <= {k + 1 for k in KS}
    assert table.column("first_reject_call").null_count == len(table)
    rungs = set(table.filter(table.column("first_label_call").is_null()).column("level").to_pylist())
    assert rungs == {"ring"}


def test_who_was_labelled_early_and_is_cleared_later_rings_and_the_first_label_stays_history(trained: Trained) -> None:
    early, late = World(400, 4), World(400, 4)
    early.bad[:] = True  # everybody's first calls look bad, the later ones like what they are
    model = Model(models.read(Path(trained.path)))
    scores = model.score(lambda window: (early if window == "k5" else late).features(window))
    table = table_of(scores, {}, {})
    cleared = table.filter(np.isin(scores.callers, late.callers[~late.bad & (late.calls >= 100)]))
    rings = cleared.filter(np.array(cleared.column("level").to_pylist()) == "ring")
    assert rings.num_rows > 0.9 * cleared.num_rows > 50
    assert set(rings.column("first_label_call").to_pylist()) > {6}
    levels = table.column("level").to_pylist()
    assert told(model, early.features, scores, None, 0.0).flagged == len(levels) - levels.count("ring")


def test_the_card_says_that_it_was_simulated_and_why_it_may_not_reject(trained: Trained) -> None:
    card = (Path(trained.path) / "card.md").read_text()
    assert "**simulated**" in card
    assert "a rate of 1e-05 needs 299,572 numbers" in card
    assert "seed 1" in card


def test_onnx_says_what_lightgbm_says() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(600, 6)).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = np.nan
    x[:, 0] = np.round(x[:, 0], 1)  # ties with split values
    x[:, 5] = np.nan_to_num(x[:, 5])  # never missing where it was learnt
    y = (np.nan_to_num(x[:, 0]) + rng.normal(size=600) > 0).astype(np.int64)
    unseen = rng.normal(size=(3000, 6)).astype(np.float32)
    unseen[:, 0] = np.round(unseen[:, 0], 1)
    unseen[rng.random(unseen.shape) < 0.2] = np.nan
    forest = grow(Rows(x, y, tuple("abcdef")), Recipe(rounds=60))
    served = Served(to_onnx(forest)).probabilities(unseen)
    assert np.abs(served[:, 1] - sigmoid(raw_scores(forest.text, unseen))).max() < 1e-6
    many = grow(Rows(x, y + (x[:, 1] > 0.5), tuple("abcdef"), classes=3), Recipe(rounds=30))
    raw = raw_scores(many.text, unseen)
    softmax = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    assert np.abs(Served(to_onnx(many)).probabilities(unseen) - softmax).max() < 1e-6


def test_the_same_rows_give_the_same_bytes_in_whatever_order(tmp_path: Path) -> None:
    world, rng = World(900, 6), np.random.default_rng(1)

    def shuffled(window: str) -> pa.Table:
        return (table := world.features(window)).take(pa.array(rng.permutation(len(table))))

    asked = {"a": world.features, "b": shuffled}
    made = [train(one, world.truth, tmp_path / name / "robots", SOURCES, QUICK) for name, one in asked.items()]
    first, second = (sorted(Path(one.path).iterdir()) for one in made)
    assert [path.name for path in first] == [path.name for path in second]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_new_version_enters_in_shadow_until_it_is_promoted(trained: Trained, tmp_path: Path) -> None:
    folder = tmp_path / "robots"
    stored = models.read(Path(trained.path))
    assert (trained.state, models.roles(folder), models.next_version(folder)) == ("champion", None, 1)
    for version in (1, 2):
        manifest = _as_version(stored, models.next_version(folder))
        models.write(folder, manifest, stored.files)
        models.enter(folder, version)
    assert models.roles(folder) == models.Roles(1, 2)
    assert models.promote(folder, 2) == models.Roles(2, None)
    with pytest.raises(InputError, match="no version 9"):
        models.promote(folder, 9)


def test_the_factory_s_model_is_at_work_until_the_home_has_its_own(trained: Trained, tmp_path: Path) -> None:
    own, factory = tmp_path / "robots", Path(trained.path).parent.parent
    assert models.at_work(own, tmp_path / "none") is None
    assert models.at_work(own, factory) == (factory / "robots", models.Roles(1))
    models.write(own, models.read(Path(trained.path)).manifest, models.read(Path(trained.path)).files)
    models.enter(own, 1)
    assert models.at_work(own, factory) == (own, models.Roles(1))


def test_a_version_is_never_written_over_and_half_a_one_is_not_seen(trained: Trained, tmp_path: Path) -> None:
    folder, stored = tmp_path / "robots", models.read(Path(trained.path))
    models.write(folder, stored.manifest, stored.files)
    with pytest.raises(StoreError):
        models.write(folder, stored.manifest, stored.files)
    (folder / ".0002.new").mkdir()
    (folder / ".0002.new" / "odds-k5.onnx").write_bytes(b"half")
    assert models.next_version(folder) == 2
    path = models.write(folder, _as_version(stored, 2), stored.files)
    assert models.read(path).files == stored.files


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", b"{"),
        ("manifest.json", b'{"format": 99}'),
        ("manifest.json", b'{"format": 1}'),
        ("manifest.json", b'{"format": 2}'),
        ("odds-k5.onnx.zst", b"other"),
        ("odds-k5.onnx.zst", zstandard.compress(b"other")),
        ("odds-k5.txt.zst", b""),
    ],
)
def test_a_damaged_version_is_refused(trained: Trained, tmp_path: Path, name: str, content: bytes) -> None:
    stored = models.read(Path(trained.path))
    path = models.write(tmp_path / "robots", stored.manifest, stored.files)
    (path / name).write_bytes(content)
    with pytest.raises(VerificationError):
        models.read(path)


def test_what_is_no_onnx_is_refused() -> None:
    with pytest.raises(VerificationError, match="no usable ONNX"):
        Served(b"nonsense")


def test_too_few_callers_are_refused_with_a_mend(tmp_path: Path) -> None:
    world = World(60, 7)
    with pytest.raises(InputError, match="fewer than"):
        train(world.features, world.truth, tmp_path / "robots", SOURCES, QUICK)


def test_drift_is_seen_by_feature(trained: Trained) -> None:
    model, world = Model(models.read(Path(trained.path))), World(2000, 8)
    assert {one.state for one in model.drift(world.features).values()} == {"stable"}
    world.bad[:] = True
    moved = model.drift(world.features)
    assert moved["new"].state == "alert"
    assert moved["answered"].state == "stable"


def test_many_numbers_of_every_kind_allow_a_reject_and_the_rate_holds(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrating, "alpha_of", lambda _: 0.02)  # the least rate that some hundred numbers support
    stored, folder, digests = models.read(Path(trained.path)), tmp_path / "robots", {"calls": "1" * 64}
    world = World(6000, 21)
    done = calibrate(stored, world.features, world.truth, folder, digests, 7)
    assert done.granted["k5"] == ("courier", "enterprise_service", "person", "school", "survey")
    model, other = Model(models.read(folder / "0001")), World(6000, 22)
    scores = model.score(other.features)
    rejected = (scores.first_reject > 0)[np.argsort(np.array(scores.callers))]
    assert rejected[other.bad].mean() > 0.5
    assert rejected[~other.bad].mean() < 0.05, "five looks, each at most 2 %"
    assert {"reject"} < set(table_of(scores, {}, {}).column("level").to_pylist())
    with pytest.raises(InputError, match="learnt from these"):
        calibrate(stored, world.features, world.truth, folder, SOURCES.digests, 7)


def test_a_threshold_once_granted_is_not_lost_to_fewer_numbers(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrating, "alpha_of", lambda _: 0.02)
    folder, world, few = tmp_path / "robots", World(6000, 21), World(100, 23)
    first = calibrate(models.read(Path(trained.path)), world.features, world.truth, folder, {"calls": "1"}, 7)
    again = calibrate(models.read(folder / "0001"), few.features, few.truth, folder, {"calls": "2"}, 8)
    assert again.granted == first.granted
    assert (again.version, again.state) == (2, "shadow")
    with pytest.raises(InputError, match="no wanted caller"):
        calibrate(models.read(folder / "0001"), few.features, world.truth, folder, {"calls": "3"}, 9)


def test_a_run_tells_drift_and_what_a_challenger_would_have_done(trained: Trained) -> None:
    model, world = Model(models.read(Path(trained.path))), World(800, 9)
    scores = model.score(world.features)
    same = told(model, world.features, scores, model, 0.0)
    assert same.flagged == int(scores.labels.sum()) > 100
    assert (same.rejected, same.drifted) == (0, ())
    assert same.shadow == Shadow(1, same.flagged, 0, 0, 0)
    meeker = model.score(world.features)
    meeker.labels[:] &= np.arange(800) < 400
    other = shadow(scores, meeker, 2)
    assert other.flagged + other.not_flagged == same.flagged
    assert other.also_flagged == 0


def test_weights_do_not_shift_the_odds(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    x = rng.normal(size=(2000, 3)).astype(np.float32)
    y = (rng.random(2000) < sigmoid(2 * x[:, 0].astype(float) - 1)).astype(np.int64)
    forest = grow(Rows(x, y, ("a", "b", "c")), Recipe(rounds=60, leaves=4, columns=1.0, bad_weights=(1.0, 0.2)))
    assert np.mean(sigmoid(forest.raw)) == pytest.approx(y.mean(), abs=0.02)
    joined = raw_scores(forest.text, x)
    assert np.mean(sigmoid(joined)) == pytest.approx(y.mean(), abs=0.02)
    assert np.corrcoef(joined, forest.raw)[0, 1] > 0.95


def test_a_column_that_never_differs_still_makes_a_model() -> None:
    x, y = np.zeros((100, 2), np.float32), np.arange(100) % 2
    forest = grow(Rows(x, y, ("a", "b")), Recipe(rounds=5))
    assert Served(to_onnx(forest)).probabilities(x)[:, 1] == pytest.approx(0.5)


def _as_version(stored: models.Stored, version: int) -> models.Manifest:
    import msgspec

    return msgspec.structs.replace(stored.manifest, version=version)
