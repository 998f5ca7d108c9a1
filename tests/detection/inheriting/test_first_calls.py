"""What a ring tells is keyed as the linking counts it; signatures rest and come back; learning is reproducible."""

import sys
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("ibis")

import ibis

sys.path.insert(0, str(Path(__file__).parent))
from known_campaigns import BLOCK, CALLEE, MEMBERS, NAME, NIGHT_US, signatures

from wurao.core.campaigns import Member
from wurao.core.clock import HOUR_US, MINUTE_US
from wurao.core.errors import VerificationError
from wurao.core.payload import cut
from wurao.detection.features.rows import calls_of
from wurao.detection.inheriting import kept, vest_model
from wurao.detection.inheriting.first_calls import FirstCall, habits
from wurao.detection.inheriting.learning import firsts_of, learnt
from wurao.detection.inheriting.replaying import last_days, replayed, signatures_before
from wurao.detection.inheriting.resembling import COLUMNS
from wurao.store.home import Home

VEST = int(MEMBERS[-1]) + 1


def calls() -> ibis.Table:
    """Return a night's calls of two numbers of a campaign and of a person, then a day's of a third and the person."""
    begin = NIGHT_US - 14 * HOUR_US
    rows = [(int(MEMBERS[n % 2]), CALLEE + n, begin + n * 7 * MINUTE_US, "trunk-2") for n in range(40)]
    rows += [(86_137_0000_0001, CALLEE + 60 + n, begin + n * HOUR_US, "local") for n in range(8)]
    rows += [(VEST, CALLEE + n, NIGHT_US + (10 + n) * HOUR_US, "trunk-2") for n in range(4)]
    rows += [(86_137_0000_0001, CALLEE + 90 + n, NIGHT_US + (9 + n) * HOUR_US, "local") for n in range(4)]
    names = ("caller", "callee", "start_us", "ingress")
    table = pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})
    empty = {"talk_ms": pa.int64(), "disposition": pa.string(), "released_by": pa.string(), "attestation": pa.string()}
    for name, kind in empty.items():
        table = table.append_column(name, pa.nulls(len(rows), kind))
    return calls_of(ibis.memtable(table))


def test_a_call_has_the_keys_that_the_linking_counts() -> None:
    told = signatures_before(calls(), last_days(calls(), 1)[0], {NAME: [int(one) for one in MEMBERS[:2]]})
    night = (NIGHT_US - 20 * HOUR_US, NIGHT_US)
    its = [call for caller, call in replayed(calls(), night) if caller == MEMBERS[0]]
    for before, call in pairwise(its):
        for name, key in habits(int(MEMBERS[0]), call, before).items():
            shares = told.habits[name]
            assert shares.calls[0, shares.keys.index(key)] > 0, name
    assert set(told.habits["ingress"].keys) == {"local mobile", "trunk-2 fixed"}
    assert told.populated[2] == {int(MEMBERS[0]) // 100: 2}
    assert told.leads.called_by.max() == 1
    assert told.callers == 3


def test_a_call_that_began_before_the_last_one_and_a_long_name_of_a_trunk_are_told_too() -> None:
    later, sooner = (FirstCall(NIGHT_US + at, CALLEE, CALLEE, "国际来话出入口局-南") for at in (HOUR_US, 0))
    assert "gap" not in habits(VEST, sooner, later)
    assert habits(VEST, later, None)["ingress"] == f"{cut(later.ingress or '')} fixed"


def test_learning_is_reproducible_and_tells_a_vest_from_a_person() -> None:
    [day] = last_days(calls(), 1)
    told = signatures_before(calls(), day, {NAME: [int(one) for one in MEMBERS[:2]]})
    parts = [firsts_of(told, replayed(calls(), day), {VEST: NAME}, seed) for seed in range(12)]
    seen = parts[0]
    assert seen.same.sum() == 4, "one row for each call of the vest"
    assert learnt(parts) == learnt(parts)
    model = vest_model.VestModel(learnt(parts))
    x, same = (np.concatenate([getattr(one, name) for one in parts]) for name in ("x", "same"))
    p = model.p_same(x, 1)
    assert p[same].min() > p[~same].max(initial=0.0)


def test_signatures_rest_and_come_back_without_an_erased_number(tmp_path: Path) -> None:
    home, made = Home.create(tmp_path / "home"), signatures(met=np.array([1, 2, 3]))
    home.folder("campaigns").mkdir(exist_ok=True)
    assert kept.read(home, {}) is None
    kept.write(home, msgspec.structs.replace(made, populated=made.populated | {2: {BLOCK // 100: 8, CALLEE // 100: 1}}))
    rows = zip(made.numbers, made.first_us, made.last_us, made.calls, strict=True)
    members = [Member(str(number), int(number), int(a), int(b), int(n), 0.9) for number, a, b, n in rows]
    back = kept.read(home, {NAME: members, "c-other": []})
    assert back is not None
    assert (back.names, back.at_us) == (made.names, made.at_us)
    assert back.populated[2] == {BLOCK // 100: 8, CALLEE // 100: 1}
    for name in ("numbers", "of", "last_us", "calls", "beside", "met"):
        np.testing.assert_array_equal(getattr(back, name), getattr(made, name), name)
    for name, shares in made.habits.items():
        its = [back.habits[name].keys.index(key) for key in shares.keys]
        np.testing.assert_array_equal(back.habits[name].calls[:, its], shares.calls)
    assert back.leads.callee.tolist() == [CALLEE]
    kept.erase(home, CALLEE, CALLEE)
    kept.erase(home, 86_137_0000_0001, 2)
    left = kept.read(home, {NAME: members})
    assert left is not None
    assert (left.leads.callee.tolist(), left.met.tolist()) == ([], [1, 3])
    assert left.populated == made.populated, "a block with nobody else in it is the number"
    kept.path_of(home).write_bytes(b"nonsense")
    kept.erase(home, 1, 1)
    assert not kept.path_of(home).exists()


def test_a_model_of_other_columns_is_refused(tmp_path: Path) -> None:
    assert vest_model.factory().p_same(np.full((2, len(COLUMNS)), np.nan), 3).max() < 0.1, "nothing known, nobody's"
    with pytest.raises(VerificationError, match="no usable model"):
        vest_model.factory(tmp_path)
    with pytest.raises(VerificationError, match="something else"):
        vest_model.VestModel(vest_model.Weights(("talk",), ((0.0, 0.0),)))
