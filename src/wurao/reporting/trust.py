"""How far each reporter is believed: a Beta prior, the verdicts they foresaw, and how often independent others agree.

A witness is another reporter of the same number. One who shares k numbers with me counts 1/k² in all, and at a number
nobody is vouched for by those who report the same number: so a clique that reports together can't vouch for itself,
and a stranger's vote counts ``PRIOR`` until people elsewhere have agreed with it. Agreement proves nothing all the
same: a few hundred people who report at random what they were told look like honest ones. So each vote has two
weights: ``vouched`` with the agreement, which is heard up to a label, and ``proven`` without. Verdicts – the desk's,
canaries', upheld appeals' – are witnesses that nobody can bribe, and disagreement counts in both.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wurao.reporting.votes import ANONYMOUS, Votes

Floats = NDArray[np.float64]

PRIOR: Final = 0.12
"""A stranger's weight: twenty make 2.4 votes, a strength of .38, a label; a strict reject takes 32, any other 96."""
PRIOR_WITNESSES: Final = 4.0
"""How many witnesses the prior weighs."""
WITNESSES: Final = 20
"""Reporters of one number who are witnesses to each other, the earliest: thousands more cost nothing more."""
VERDICT_WITNESSES: Final = 3.0
"""What a verdict counts as a witness."""

_AGREEMENT: Final = """
WITH witness AS (
    SELECT place, subject, voter, nuisance FROM vote
    QUALIFY row_number() OVER (PARTITION BY subject ORDER BY at_us, voter) <= $witnesses
), repeated AS (
    SELECT voter FROM vote GROUP BY voter HAVING count(*) > 1  -- at a single number nobody independent vouches
), met AS (
    SELECT a.place, a.voter, b.voter AS other, a.nuisance = b.nuisance AS agree
    FROM witness a SEMI JOIN repeated USING (voter) JOIN witness b USING (subject) WHERE a.voter <> b.voter
), pair AS (
    SELECT voter, other, avg(agree::INT) AS agreed, count(*) AS shared FROM met GROUP BY ALL
), whole AS (
    SELECT voter, sum(agreed / shared^2) AS yes, sum((1 - agreed) / shared^2) AS no FROM pair GROUP BY voter
), here AS (
    SELECT place, voter, sum(agreed / shared^2) AS yes, sum((1 - agreed) / shared^2) AS no
    FROM met JOIN pair USING (voter, other) GROUP BY ALL
)
SELECT here.place, whole.yes - here.yes AS yes, whole.no - here.no AS no
FROM here JOIN whole USING (voter)
UNION ALL  -- a number that nobody else reported: all witnesses are from elsewhere
SELECT vote.place, whole.yes, whole.no
FROM vote JOIN whole USING (voter) ANTI JOIN here ON vote.place = here.place
"""


class Weights(NamedTuple):
    """The weights 0…1 of each vote; an anonymous one keeps its source's in both."""

    vouched: Floats
    proven: Floats


def weights(votes: Votes, verdicts: Mapping[int, bool]) -> Weights:
    """Return what each vote counts.

    ``verdicts`` are numbers whose truth is known: True for a nuisance, False for an upheld appeal.
    """
    named = np.flatnonzero(votes.voter != ANONYMOUS)
    result = Weights(votes.weight.copy(), votes.weight.copy())
    if len(named):
        agreed, denied = _agreement(votes.take(named))
        right, wrong = _verdicts(votes.take(named), verdicts)
        result.vouched[named] = _mean(agreed + right, denied + wrong)
        result.proven[named] = _mean(right, denied + wrong)
    return result


def _mean(yes: Floats, no: Floats) -> Floats:
    return (PRIOR * PRIOR_WITNESSES + yes) / (PRIOR_WITNESSES + yes + no)


def _agreement(named: Votes) -> tuple[Floats, Floats]:
    count = len(named.subject)
    columns = {name: getattr(named, name) for name in ("subject", "voter", "at_us", "nuisance")}
    vote = pa.table({"place": np.arange(count), **columns})
    with duckdb.connect() as connection:
        connection.register("vote", vote)
        found = connection.execute(_AGREEMENT, {"witnesses": WITNESSES}).fetchnumpy()
    yes, no = np.zeros(count), np.zeros(count)
    place = found["place"]
    yes[place], no[place] = np.maximum(found["yes"], 0), np.maximum(found["no"], 0)  # rounding may leave -1e-17
    return yes, no


def _verdicts(named: Votes, verdicts: Mapping[int, bool]) -> tuple[Floats, Floats]:
    truth = np.full(len(named.subjects), -1)
    for place, number in enumerate(named.subjects.tolist() if verdicts else ()):
        truth[place] = verdicts.get(number, -1)
    known = truth[named.subject]
    right = (known == named.nuisance) & (known >= 0)
    wrong = (known != named.nuisance) & (known >= 0)
    return _per_voter(named, right), _per_voter(named, wrong)


def _per_voter(named: Votes, rows: NDArray[np.bool_]) -> Floats:
    times = np.bincount(named.voter[rows], minlength=named.voters)
    return (times * VERDICT_WITNESSES)[named.voter].astype(np.float64)
