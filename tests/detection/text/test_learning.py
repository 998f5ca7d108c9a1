"""A text model learns, says how sure it is, is written and read whole, and its figures are those of the sum."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wurao.core.errors import InputError, VerificationError
from wurao.detection.scoring import models
from wurao.detection.text import at_work, learning
from wurao.detection.text.features import _RUNS, PLACES, counted, rarity, weighed
from wurao.detection.text.figures import judge
from wurao.detection.text.labels import LABELS, category_of
from wurao.detection.text.linear import folds, macro_f1
from wurao.detection.text.normalising import normalise
from wurao.detection.text.sounding import sound
from wurao.detection.text.tabled import Texts, refuse_few

pytest.importorskip("sklearn", reason="pip install 'wurao[ml]'")

KINDS = {
    "loan_finance": ["无抵押贷款", "信用贷款放款快", "月息低额度高", "凭身份证借款"],
    "real_estate": ["新楼盘开盘", "学区房首付低", "精装公寓现房", "商铺出售均价"],
    "retail": ["专柜新品上市", "商场满减促销", "会员日特价", "清仓打折抢购"],
}


def texts(seed: int, each: int = 40) -> Texts:
    rng = np.random.default_rng(seed)
    rows = [
        ("，".join(rng.permutation(words)[:3].tolist()) + f" 电话 {rng.integers(10**9)}", kind)
        for kind, words in KINDS.items()
        for _ in range(each)
    ]
    return Texts([text for text, _ in rows], [kind for _, kind in rows], np.arange(len(rows)) // 2)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[learning.Trained, Path]:
    folder = tmp_path_factory.mktemp("models") / "texts"
    return learning.train(texts(1), folder, learning.Sources({"a.csv": "0" * 64}, "own", 0), 1), folder


def test_a_model_is_written_read_and_says_what_it_learnt(written: tuple[learning.Trained, Path]) -> None:
    done, folder = written
    assert done.state == "champion"
    assert done.figures.macro_f1 > 0.95
    judge_ = at_work.judge_of(folder)
    said = judge_(["无抵押，信用贷款，额度", "新楼盘学区房，首付低", "", "qwertyuiop"])
    assert [one.category for one in said[:2]] == ["loan_finance", "real_estate"]
    assert (said[2].label, said[2].category) == ("", "unknown")
    assert "licence of the data: own" in (Path(done.path) / "card.md").read_text(encoding="utf-8")


def test_a_home_without_a_model_has_the_rules(tmp_path: Path) -> None:
    (said,) = at_work.judge_of(tmp_path / "texts")(["无抵押贷款"])
    assert (said.category, said.probability) == ("loan_finance", 0.0)


def test_the_same_seed_gives_the_same_model(written: tuple[learning.Trained, Path], tmp_path: Path) -> None:
    again = learning.train(texts(1), tmp_path / "texts", learning.Sources({}, "", 0), 1)
    first, second = (at_work.read(Path(path)).manifest.files for path in (written[0].path, again.path))
    assert first == second


def test_a_later_version_enters_in_shadow_until_it_is_promoted(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    for state in ("champion", "shadow"):
        assert learning.train(texts(2, 10), folder, learning.Sources({}, "", 0), 1).state == state
    assert models.promote(folder, 2, at_work.read).champion == 2


def test_a_damaged_model_is_refused(written: tuple[learning.Trained, Path], tmp_path: Path) -> None:
    target = tmp_path / "0001"
    target.mkdir()
    for file in Path(written[0].path).iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    (target / "weights.npy.zst").write_bytes((target / "offsets.npy.zst").read_bytes())
    with pytest.raises(VerificationError, match="SHA-256"):
        at_work.read(target)
    with pytest.raises(VerificationError, match="format"):
        models.read(Path(written[0].path))


def test_evaluate_counts_texts_that_are_in_both_tables() -> None:
    data = texts(3, 12)
    figures = learning.evaluate(data, data, 1)
    assert figures.shared == figures.n_test == 36
    assert figures.curve[-1].accuracy == figures.accuracy


def test_a_label_that_was_never_learnt_is_wrong_and_counts() -> None:
    data = texts(3, 12)
    other = Texts([*data.texts, "完全不同"], [*data.labels, "new"], np.arange(37))
    figures = learning.evaluate(data, other, 1)
    assert figures.accuracy == pytest.approx(36 / 37)
    assert figures.macro_f1 < 1


@pytest.mark.parametrize(
    ("labels", "said"), [(["a"] * 20, "fewer than two"), (["a"] * 20 + ["b"], "'b' has 1 texts")], ids=["one", "few"]
)
def test_too_little_is_refused(labels: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        refuse_few(Texts(labels, labels, np.arange(len(labels))), Path("x.csv"))


def test_no_group_is_on_both_sides_of_a_fold() -> None:
    y, groups = np.repeat([0, 1], 50), np.arange(100) // 5
    for learnt, rest in folds(y.astype(np.int64), groups, 1):
        assert not set(groups[learnt]) & set(groups[rest])


def test_every_label_of_a_known_set_is_a_category_with_a_reason() -> None:
    assert len(LABELS) == 14
    assert all(one.why for one in LABELS.values())
    assert category_of("FR:Financial") == "fraud.securities"
    assert category_of("retail") == "retail"
    assert category_of("no such thing") == "unknown"


def runs(text: str) -> Counter[tuple[int, str]]:
    """Return how often each run comes, counted one by one."""
    plain = normalise(text)
    return Counter(
        (channel, whole[i : i + length])
        for channel, length in _RUNS
        for whole in [(plain, sound(plain))[channel]]
        for i in range(len(whole) - length + 1)
    )


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=15))
def test_runs_are_counted_as_one_by_one(text: str) -> None:
    counts, row = runs(text), counted([text])
    assert np.exp(row.data - 1).sum() == pytest.approx(sum(counts.values()), rel=0.02, abs=0.01) or row.nnz < len(
        counts
    )
    assert len(counts) - 2 <= row.nnz <= len(counts), "hashes seldom collide"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_a_text_counts_the_same_in_any_batch_and_has_length_one(batch: list[str]) -> None:
    rows = counted(batch)
    assert rows.shape == (len(batch), PLACES)
    for place, text in enumerate(batch):
        assert (rows[place] != counted([text])).nnz == 0
    lengths = np.sqrt(weighed(rows, rarity(rows)).power(2).sum(axis=1)).A1 if rows.nnz else np.ones(0)
    assert np.allclose(lengths[lengths > 0], 1, atol=1e-3)


def test_the_figures_are_those_of_the_sum() -> None:
    y = np.array([0, 0, 1, 1])
    told = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.45, 0.55]])
    figures = judge(y, told, ("a", "b"), least=0.58, n_train=9)
    assert figures.accuracy == 0.75
    assert figures.macro_f1 == pytest.approx((2 / 3 + 4 / 5) / 2) == macro_f1(y, told.argmax(axis=1), 2)
    assert figures.abstained == 0.25
    assert figures.accuracy_of_answered == pytest.approx(2 / 3)
    assert figures.per_class["b"].recall == 1.0
    assert [one.accuracy for one in figures.curve if one.coverage == 0.5] == [1.0]
