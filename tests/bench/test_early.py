"""`wurao bench early`: the rules of thumb count what they say, and the figures what was caught."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute
import pytest

from wurao.bench import early_figures, early_rules
from wurao.bench.early_figures import Caught, Outcome
from wurao.bench.early_world import Plan, Scored, drawn, first_above, highest, made
from wurao.sim.world import Options

SECOND = 1_000_000
DAY = 86_400 * SECOND
NINE = 20_500 * DAY + 3600 * SECOND
"""Nine in the morning of a day in China."""
CALLS = [  # callee, seconds after nine, talk in s, disposition
    (1, 0, 20, "answered"),
    (1, 10, 0, "no_answer"),
    (2, 15, 90, "answered"),
    (3, 50, 0, "failed"),
    (4, 80, 5, "answered"),
    (4, 3599, 0, "no_answer"),
    (4, 86_400, 0, "no_answer"),
]


@pytest.fixture
def told() -> Iterator[duckdb.DuckDBPyConnection]:
    """What the rules know of one caller's calls; reports came before the fifth and the sixth."""
    with duckdb.connect() as db:
        rows = [
            {"caller": 7, "callee": callee, "start_us": NINE + at * SECOND, "ring_ms": 2000, "talk_ms": talk * 1000}
            | {"disposition": how}
            for callee, at, talk, how in CALLS
        ]
        db.register("calls", pa.Table.from_pylist([*rows, rows[0] | {"caller": 9}]))
        db.register("truth", pa.table({"number": [7, 8]}))
        db.register("reports", pa.table({"number": [7, 7], "received_us": [NINE + 60 * SECOND, NINE + 90 * SECOND]}))
        early_rules.tell(db)
        yield db


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("hour", [1, 2, 3, 4, 5, 6, 1]),
        ("minute", [1, 2, 3, 4, 2, 1, 1]),
        ("day", [1, 2, 3, 4, 5, 6, 1]),
        ("concurrent", [1, 2, 2, 2, 2, 1, 1]),
        ("in_a_row", [1, 2, 1, 1, 1, 2, 1]),
        ("longest_ms", [0, 0, 0, 20_000, 20_000, 90_000, 90_000]),
        ("reports", [0, 0, 0, 0, 1, 2, 2]),
        ("victims", [0, 1, 1, 2, 2, 3, 3]),
    ],
)
def test_a_rule_knows_what_came_before_a_call(told: duckdb.DuckDBPyConnection, name: str, counts: list[int]) -> None:
    found = told.execute(f"select {name} from told where caller = 7 order by nth").fetchall()  # noqa: S608
    assert [row[0] for row in found] == counts
    assert told.execute("select count(*) from told where caller <> 7").fetchone() == (0,)


def test_a_number_is_hit_at_the_first_call_that_reaches_a_limit(told: duckdb.DuckDBPyConnection) -> None:
    numbers = np.array([8, 7])
    assert early_rules.most(told, numbers, "report_list").tolist() == [[0], [2]]
    first = early_rules.first_hits(told, numbers, {"minute": 5, "reports": 1})
    assert first.tolist() == [0, 5]
    assert early_rules.victims_before(told, numbers, first).tolist() == [0, 2]


def test_limits_are_the_lowest_that_hit_no_more_than_their_rate() -> None:
    counts = np.stack([np.arange(1000), np.arange(1000)[::-1]], axis=1)
    assert early_rules.tuned(counts[:, :1], ["hour"], 0.01) == {"hour": 990}
    both = early_rules.tuned(counts, ["hour", "day"], 0.01)
    assert both == {"hour": 995, "day": 995}
    assert early_rules.tuned(counts[:, :1], ["hour"], 0.0) == {"hour": 1000}


def test_evidence_is_a_rule_like_the_others() -> None:
    evidence = np.array([[1.0, 3.0], [2.0, np.nan], [np.nan, np.nan], [5.0, 1.0]])
    assert first_above(evidence, 2.0).tolist() == [11, 0, 0, 6]
    assert highest(evidence, 0.25) == 3.0
    assert highest(evidence, 0.0) == 5.0


def test_never_caught_counts_as_never() -> None:
    bad = np.array([True] * 4 + [False] * 2)
    world = {
        "bad": bad,
        "lent": np.array([False] * 3 + [True] + [False] * 2),
        "kinds": np.array(["x"] * 4 + ["courier"] * 2),
    }
    caught = Caught(np.array([6, 11, 0, 0, 0, 6]), np.array([5, 9, 0, 0, 0, 5]))
    scored = Scored(np.zeros((6, 1)), np.ones((6, 1), np.bool_), caught.first, caught.first)
    tested = [Outcome(world, scored, {"rule": {"label": caught, "reject": caught}})]
    every = early_figures.caught(tested, "rule", early_figures.everybody)["label"]
    assert every["caught"] == [0.5, 0.5, 0.5]
    assert every["calls"] == {"median": None, "p90": None}
    assert every["false_positives"] == [0.5, 0.5, 0.5]
    without = early_figures.caught(tested, "rule", early_figures.not_lent)["label"]
    assert without["calls"] == {"median": 10.0, "p90": None}
    assert without["victims"] == {"median": 9.0, "p90": None}
    assert early_figures.wanted(tested, "rule") == {
        "courier": {"numbers": 2, "label": 1, "label_worst": 0.5, "reject": 1, "reject_worst": 0.5}
    }


def test_a_card_that_is_lent_later_is_no_nuisance_yet_and_who_stops_calling_is_judged_by_what_there_is() -> None:
    nan = np.nan
    evidence = np.array([[3.0, 4.0], [-2.0, 2.0], [5.0, nan], [0.0, -1.0], [1.0, nan]])
    by_then = ~np.isnan(evidence)
    by_then[1, 0] = False  # lent between the fifth call and the tenth
    nobody = np.zeros(5, np.int64)
    one = Outcome({"bad": np.array([True] * 3 + [False] * 2)}, Scored(evidence, by_then, nobody, nobody), {})

    def areas(reading: early_figures.Reading) -> list[float]:
        found = early_figures.separation([one], early_figures.everybody, reading)
        return [found[k]["auc"][0] for k in ("k5", "k10")]

    assert areas(early_figures.by_then) == [1, 1]
    assert areas(early_figures.whenever) == pytest.approx([4 / 6, 1], abs=1e-4)
    assert early_figures.latest(one)[:, 1].tolist() == [4, 2, 5, -1, 1]
    one.scored.by_then[1, 1] = False
    assert np.isnan(early_figures.latest(one)[1, 1]), "not what the truth calls it, not judged"


def test_only_first_calls_are_looked_at_with_all_that_come_back() -> None:
    plan = Plan(200, 1, Options(numbers={"courier": 3}))
    with drawn(5, plan) as world:
        calls = made(world)
        fifty = world.features("k50")
    with drawn(5, Plan(200, 1, plan.options, first=50)) as world:
        assert made(world).tolist() == calls.tolist()
        short = world.features("k50")
        couriers = pa.array(world.numbers[world.kinds == "courier"])
    assert calls.max() > 50
    whole, cut = (
        table.filter(pa.compute.is_in(table["caller"], couriers)).sort_by("caller").to_pandas()
        for table in (fifty, short)
    )
    assert whole.equals(cut)
