"""Who changes number is found in a small call graph: by contacts, and where those changed too, by the place in it."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from small_world import SmallWorld

from wurao.cli.campaigns_link import opened
from wurao.detection.linking.succession import Succession, successions

SEEDS = range(100, 103)


def found(calls: pa.Table, folder: Path) -> dict[tuple[str, str], Succession]:
    pq.write_table(calls, file := folder / "calls.parquet")
    with opened(file, folder) as (table, written):
        told = successions(table)
    return {(written.get(one.old, str(one.old)), written.get(one.new, str(one.new))): one for one in told}


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[SmallWorld, dict[tuple[str, str], Succession]]]:
    worlds = [SmallWorld(seed) for seed in SEEDS]
    return [(world, found(world.calls, tmp_path_factory.mktemp("world"))) for world in worlds]


def test_changes_are_resolved_and_the_runner_up_is_far_below(resolved) -> None:
    every = [(world, told, change) for world, told in resolved for change in world.changes.items()]
    sure = [(told, change) for _, told, change in every if change in told and told[change].p > 0.9]
    assert len(sure) >= 0.95 * len(every)
    for told, (old, new) in sure:
        others = [one.p for pair, one in told.items() if (pair[0] == old) != (pair[1] == new)]
        assert max(others, default=0) < 0.1


def test_whoever_changes_with_all_contacts_is_found(resolved) -> None:
    for world, told in resolved:
        assert world.lonely
        for old in world.lonely:
            assert told[old, world.changes[old]].p > 0.9


def test_hardly_anybody_else_is_said_to_have_changed(resolved) -> None:
    wrong = [
        pair
        for world, told in resolved
        for pair, one in told.items()
        if one.p > 0.9 and pair not in world.changes.items()
    ]
    assert len(wrong) <= len(SEEDS)


def test_nobody_changes_in_a_world_without_changes(tmp_path: Path) -> None:
    assert not [
        one
        for one in found(SmallWorld(3, phones=120, leaders=0, single=0, decoys=0).calls, tmp_path).values()
        if one.p > 0.5
    ]


def test_calls_of_two_numbers_are_too_few(tmp_path: Path) -> None:
    few = pa.table({"caller": ["13800138000"], "callee": ["13800138001"], "start_us": [1_786_000_000_000_000]})
    assert found(few, tmp_path) == {}
