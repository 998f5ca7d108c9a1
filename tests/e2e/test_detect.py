"""From a simulated world to a robot that is named: simulate, train, calibrate, run and explain, each as a command."""

import json
import sys

import pyarrow.parquet as pq
import pytest

served = sys.modules["wurao_served"]

pytestmark = pytest.mark.e2e
SCORES = [
    *("caller", "n_calls", "p_nuisance", "level", "kind", "category", "method"),
    *("first_label_call", "first_reject_call"),
]


def answered(*arguments: object) -> dict:
    done = served.command_line(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Two worlds of other seeds: one to learn from, one to judge."""
    folder = tmp_path_factory.mktemp("worlds")
    for seed in (1, 2):
        answered("simulate", "--out", folder / str(seed), "--subscribers", 1_500, "--days", 4, "--seed", seed)
    return folder


@pytest.fixture(scope="module")
def home(worlds, tmp_path_factory):
    made = tmp_path_factory.mktemp("detect") / "home"
    answered("detect", "train", *facts(worlds, 1), "--home", made)
    return made


def facts(worlds, seed: int) -> tuple[object, ...]:
    return "--calls", worlds / f"{seed}/calls.parquet", "--truth", worlds / f"{seed}/truth/callers.parquet"


def test_a_model_of_one_world_finds_the_robots_of_another(worlds, home, tmp_path) -> None:
    out = tmp_path / "scores.parquet"
    done = answered("detect", "run", "--calls", worlds / "2/calls.parquet", "--out", out, "--home", home)
    scores = pq.read_table(out)
    assert scores.column_names[: len(SCORES)] == SCORES
    assert done["callers"] == scores.num_rows
    truth = pq.read_table(worlds / "2/truth/callers.parquet").to_pylist()
    nuisance = {row["number"]: row["nuisance"] for row in truth}
    seen = [row for row in scores.to_pylist() if row["n_calls"] >= 10]
    judged = [(row["p_nuisance"], nuisance[row["caller"]]) for row in seen]
    of_robots, of_others = ([p for p, bad in judged if bad is wanted] for wanted in (True, False))
    assert of_robots
    assert sum(p > q for p in of_robots for q in of_others) > 0.8 * len(of_robots) * len(of_others)
    assert not any(scores["first_reject_call"].to_pylist()), "no threshold was set: nothing may be rejected"


def test_why_a_caller_looks_like_a_robot_is_told(worlds, home, tmp_path) -> None:
    out = tmp_path / "scores.parquet"
    answered("detect", "run", "--calls", worlds / "2/calls.parquet", "--out", out, "--home", home)
    worst = max(pq.read_table(out).to_pylist(), key=lambda row: row["p_nuisance"])
    told = answered("detect", "explain", worst["caller"], "--calls", worlds / "2/calls.parquet", "--home", home)
    assert told["speaks_for"]
    assert told["speaks_for"][0]["symbol"].isupper()
