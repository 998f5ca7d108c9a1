"""Recordings, scripts and operators, in Chinese and English: what joins them and what must not."""

import json
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from wurao.cli import cli
from wurao.detection.scripts.evidence import Evidence, evidence_in
from wurao.detection.scripts.grouping import MOST_LEADERS, grouped
from wurao.detection.scripts.levels import SCRIPT, levels_of
from wurao.detection.scripts.naming import named
from wurao.detection.scripts.operators import operators
from wurao.detection.scripts.shingles import shingles

LOAN = (
    "您好我是平安普惠的贷款专员您之前申请的额度已经批下来了最高可以拿到二十万元年化利率低至百分之三点六需要的话请按一"
)
LOAN_CUT = LOAN[14:]
LOAN_CALLED = f"{LOAN}也可以回拨四零零八二三五六七八咨询"
SHARES = "尊敬的股民朋友我们老师今天盘中抓到三只涨停股票免费加入群聊领取明天的牛股代码回拨400-823-5678找助理领取"
FLAT = "先生您好这边是融创地铁口的新楼盘首付三十万就能买到三居室本周末有专车接送看房您周六还是周日方便过来看一看"
WARRANTY = (
    "we are calling about your vehicle's extended warranty you should have received a notice in the mail "
    "this is a courtesy call before we close out your file please press {digit} to speak with a specialist"
)
SPOKEN = ["贷", "款", "额", "度", "股", "票", "房", "hello", "loan", "car", "42", "press"]
WORDS = st.lists(st.sampled_from(SPOKEN), max_size=30).map(" ".join)


def test_the_same_script_cut_short_is_one_script_and_one_recording() -> None:
    said = levels_of([LOAN, FLAT, LOAN_CUT, LOAN]).levels
    assert said[0] == said[2] == said[3]
    assert said[0].script != said[1].script


def test_a_script_that_tells_other_numbers_is_another_recording() -> None:
    one, other = (f"{n} 号订单 {n}520 今天到期请您在 {n} 点以前处理 {n} 元否则影响 {n} 年征信" for n in (3, 7))
    first, second = levels_of([one, other]).levels
    assert first.script == second.script
    assert first.recording != second.recording


def test_a_call_back_number_joins_scripts_to_an_operator() -> None:
    said = levels_of([LOAN_CALLED, SHARES, FLAT]).levels
    assert said[0].script != said[1].script
    assert said[0].operator == said[1].operator != said[2].operator


def test_a_value_of_too_many_scripts_joins_nothing() -> None:
    hot_line = [Evidence("number", "4008235678")]
    assert len(set(operators(dict.fromkeys(range(100), hot_line)).values())) == 100
    assert len(set(operators({0: hot_line, 1: hot_line, 2: []}).values())) == 2


def test_a_brand_joins_only_together_with_an_amount() -> None:
    brand, amount = Evidence("brand", "Amazon"), Evidence("amount", "1499")
    assert len(set(operators({0: [brand], 1: [brand]}).values())) == 2
    assert len(set(operators({0: [amount], 1: [amount]}).values())) == 2
    assert len(set(operators({0: [brand, amount], 1: [amount, brand]}).values())) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("call us back at 833-631-7911 today", Evidence("number", "8336317911")),
        ("please dial +1 (833) 631 7911", Evidence("number", "8336317911")),
        ("请回拨八六幺三八零零幺三八零零零", Evidence("number", "13800138000")),
        ("回拨４００－８２３－５６７８", Evidence("number", "4008235678")),
        ("visit www.cheap-loans.com now", Evidence("host", "cheap-loans.com")),
        ("go to relief dot com", Evidence("host", "relief.com")),
        ("加微信号abc12345领取", Evidence("account", "abc12345")),
        ("a charge of $1,499.00 on it", Evidence("amount", "1499.00")),
        ("首付30万元起", Evidence("amount", "30")),
        ("我是平安普惠的客服", Evidence("brand", "平安普惠")),
        ("【某某银行】您的额度", Evidence("brand", "某某银行")),
        ("This is Mary from Student Loan Center calling", Evidence("brand", "Student Loan Center")),
    ],
)
def test_values_that_point_at_the_operator(text: str, value: Evidence) -> None:
    assert value in evidence_in(text)


def test_money_is_no_number_to_call_back() -> None:
    assert {one.kind for one in evidence_in("your balance is $1234567.89")} == {"amount"}


def test_a_campaign_is_named_in_both_languages_without_telling_a_number() -> None:
    name = named([Evidence("number", "13800138000")], "loan_finance")
    assert (name.zh, name.en) == ("贷款理财 · 回拨尾号 8000", "loans and finance · call back …8000")
    assert named([], "unknown").en == "unnamed script"


def test_an_index_of_many_leaders_stays_bounded() -> None:
    texts = [shingles(f"press one to speak with a person {'x' * (n % 97)}{n}", masked=False) for n in range(400)]
    found = grouped(texts, 0.99)
    assert len(set(found)) == 400 > MOST_LEADERS


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=20))
def test_levels_nest_whatever_is_said(texts: list[str]) -> None:
    said = levels_of(texts)
    assert len(said.levels) == len(texts)
    for finer, wider in (("recording", "script"), ("script", "operator")):
        pairs = {(getattr(one, finer), getattr(one, wider)) for one in said.levels}
        assert len(pairs) == len({fine for fine, _ in pairs}), f"a {finer} lies in one {wider}"


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_of_texts(texts: list[str], random) -> None:
    shuffled = random.sample(range(len(texts)), len(texts))
    ours = {text: one.script for text, one in zip(texts, levels_of(texts).levels, strict=True)}
    again = levels_of([texts[at] for at in shuffled]).levels
    assert [ours[texts[at]] for at in shuffled] == [one.script for one in again]


def test_real_robocalls_of_one_recording_are_one_script() -> None:
    file = Path(os.environ.get("WURAO_SHARED", "../shared")) / "data/robocall_transcripts.parquet"
    if not file.is_file():
        pytest.skip("set WURAO_SHARED to the folder that holds data/robocall_transcripts.parquet")
    table = parquet.read_table(file).to_pydict()
    known = [at for at, campaign in enumerate(table["audio_campaign"]) if campaign is not None]
    groups = np.array(grouped([shingles(text, masked=True) for text in table["transcript"]], SCRIPT))
    campaigns = np.array([table["audio_campaign"][at] for at in known])
    same = np.triu(campaigns[:, None] == campaigns, 1)
    assert (groups[known][:, None] == groups[known])[same].mean() >= 0.95
    assert max(Counter(groups.tolist()).values()) <= 0.2 * len(groups)


def test_the_command_writes_what_it_found(tmp_path: Path) -> None:
    rows = {
        "call": ["a", "b", "c"],
        "said": [LOAN_CALLED, SHARES, ""],
        "category": ["loan_finance", "loan_finance", None],
    }
    lines = ["call,said,category", *(f"{a},{b},{c or ''}" for a, b, c in zip(*rows.values(), strict=True))]
    (tmp_path / "in.csv").write_text("\n".join(lines))
    called = ["scripts", "cluster", str(tmp_path / "in.csv"), "--id", "call", "--text", "said"]
    result = CliRunner().invoke(cli, [*called, "--out", str(tmp_path / "out.parquet"), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["texts"], found["scripts"], found["operators"]) == (3, 3, 2)
    assert found["largest"][0]["name_zh"].startswith("贷款理财 · 平安普惠")
    written = parquet.read_table(tmp_path / "out.parquet")
    assert written.column_names == ["id", "recording", "script", "operator"]
    assert written.column("id").to_pylist() == rows["call"]


def test_a_column_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\n1,hello\n")
    result = CliRunner().invoke(cli, ["scripts", "cluster", str(tmp_path / "in.csv"), "--id", "id", "--text", "said"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "no column 'said' – there are: id, text" in result.stderr
