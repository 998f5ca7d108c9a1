"""Which votes count, what they are worth, and what becomes of them."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from wurao.core.clock import DAY_US
from wurao.core.payload import OPAQUE_BASE
from wurao.core.standing import Standing
from wurao.reporting.trust import PRIOR
from wurao.reporting.weights import Background, weigh

Reports = Callable[..., pa.Table]
NUMBER = 8_613_800_000_001


def row_of(table: pa.Table, now_us: int, background: Background | None = None, number: int = NUMBER) -> Standing | None:
    rows = weigh(table, now_us, background).standing()
    return next((row for row in rows if row.span == 0 and row.subject == number), None)


def votes(table: pa.Table, now_us: int, number: int = NUMBER) -> float:
    weighed = weigh(table, now_us)
    return float(weighed.vouched.nuisance[weighed.number.tolist().index(number)])


def test_an_anonymous_vote_of_a_centre_is_worth_one(reports: Reports, now_us: int) -> None:
    row = row_of(reports((None, NUMBER, 0)), now_us)
    assert row is not None
    assert row.strength == pytest.approx(0.2065, abs=1e-4)
    assert (row.category, row.method, row.facts["reporters"], row.facts["days"]) == ("fraud", "robot", 1, 30)


def test_a_reporter_has_one_vote_on_a_number(reports: Reports, now_us: int) -> None:
    assert votes(reports(*[("anna", NUMBER, ago) for ago in (0, 0, 0)]), now_us) == pytest.approx(PRIOR)


def test_a_later_vote_of_the_same_reporter_replaces_the_earlier(reports: Reports, now_us: int) -> None:
    both = pa.concat_tables([reports(("anna", NUMBER, 2)), reports(("anna", NUMBER, 1), wanted=True)])
    assert votes(both, now_us) == 0


def test_twenty_votes_a_day_count(reports: Reports, now_us: int) -> None:
    day = reports(*[("anna", NUMBER + 1000 * place, 0.1 - place * 1e-4) for place in range(25)])
    assert len(weigh(day, now_us).number) == 20


def test_700_numbers_are_never_learnt(reports: Reports, now_us: int) -> None:
    assert list(weigh(reports((None, OPAQUE_BASE + 5, 0)), now_us).standing()) == []


def test_a_vote_of_wanted_speaks_against(reports: Reports, now_us: int) -> None:
    table = pa.concat_tables([reports((None, NUMBER, 0), (None, NUMBER, 0)), reports((None, NUMBER, 0), wanted=True)])
    row, alone = row_of(table, now_us), row_of(table.slice(0, 2), now_us)
    assert row is not None
    assert alone is not None
    assert row.strength < alone.strength


def test_reports_before_a_number_changed_hands_do_not_count(reports: Reports, now_us: int) -> None:
    table = reports((None, NUMBER, 5), (None, NUMBER, 1))
    assert row_of(table, now_us, Background(resets={NUMBER: now_us})) is None
    row = row_of(table, now_us, Background(resets={NUMBER: now_us - 2 * DAY_US}))
    assert row is not None
    assert row.facts["reporters"] == 1


def test_the_category_is_the_weighted_majority_of_those_who_say_one(reports: Reports, now_us: int) -> None:
    table = pa.concat_tables(
        [
            reports(*[(None, NUMBER, 0)] * 3, category="unknown"),
            reports(*[(None, NUMBER, 0)] * 2, category="insurance"),
            reports((None, NUMBER, 0), category="fraud"),
        ]
    )
    row = row_of(table, now_us)
    assert row is not None
    assert row.category == "insurance"


def test_people_whom_others_confirm_elsewhere_weigh_more(reports: Reports, now_us: int) -> None:
    elsewhere = [(f"witness{place}", NUMBER + 1 + place, 3) for place in range(6)]
    confirmed = [("anna", NUMBER + 1 + place, 3) for place in range(6)]
    known = votes(reports(("anna", NUMBER, 0), *elsewhere, *confirmed), now_us)
    assert known > 3 * PRIOR


def test_a_clique_that_reports_together_cannot_vouch_for_itself(reports: Reports, now_us: int) -> None:
    attack = [(f"clique{who}", NUMBER + place, 1 + place) for who in range(20) for place in range(15)]
    row = row_of(reports(*attack), now_us)
    assert row is not None
    assert row.strength * 20 < 10, "they may label, they can't reject"


def test_an_upheld_appeal_costs_its_reporters_weight(reports: Reports, now_us: int) -> None:
    table = reports(("anna", NUMBER, 0), ("anna", NUMBER + 1, 5))
    mistaken = Background(verdicts={NUMBER + 1: False})
    weighed = weigh(table, now_us, mistaken)
    assert float(weighed.vouched.nuisance[0]) < PRIOR
    assert float(weighed.proven.nuisance[0]) < PRIOR


def test_a_verdict_that_a_reporter_foresaw_proves_them(reports: Reports, now_us: int) -> None:
    table = reports(("anna", NUMBER, 0), ("anna", NUMBER + 1, 5), ("bert", NUMBER, 0))
    weighed = weigh(table, now_us, Background(verdicts={NUMBER + 1: True}))
    assert float(weighed.proven.nuisance[0]) > 4 * PRIOR


@pytest.mark.parametrize("pool", [20, 100, 300, 1000, 10_000])
def test_twenty_of_any_pool_label_at_most(reports: Reports, now_us: int, pool: int) -> None:
    rng = np.random.default_rng(11)
    attack = [
        (f"liar{who}", NUMBER + place, place % 30)
        for place in range(300)
        for who in rng.choice(pool, 20, replace=False).tolist()
    ]
    weighed = weigh(reports(*attack), now_us)
    assert float(weighed.strength.max()) * 20 < 8, "far from a strict reject, which takes ten points"
    assert float(weighed.strength.min()) * 20 > 6, "a label all the same"


def test_people_who_agree_label_sooner_than_strangers_do(reports: Reports, now_us: int) -> None:
    elsewhere = [(f"w{who}", NUMBER + 10 + 6 * one + who, 3) for one in range(4) for who in range(6)]
    agreeing = [(f"anna{one}", NUMBER + 10 + 6 * one + who, 3) for one in range(4) for who in range(6)]
    told = [(f"anna{one}", NUMBER, 0) for one in range(4)]
    row = row_of(reports(*told, *elsewhere, *agreeing), now_us)
    stranger = row_of(reports(*told), now_us)
    assert row is not None
    assert stranger is not None
    assert row.strength > 3 * stranger.strength


def test_nothing_reported_is_nothing_known(reports: Reports, now_us: int) -> None:
    assert list(weigh(reports(), now_us).standing()) == []
